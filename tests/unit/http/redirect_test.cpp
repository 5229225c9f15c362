// Redirects, as they travel; what each asks for is tested with the message.
#include "http_run.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace penstock::http;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;

/// Sends from /a to `location`, and shows what arrives anywhere else.
WireServer::Script from_a_to(std::string location, std::string status = "302 Found") {
  return [=](Peer& peer) -> Task<> {
    for (std::string request = co_await peer.request(); !request.empty();
         request = co_await peer.request()) {
      const bool at_a = request.contains(" /a HTTP");
      peer.send(at_a ? answer(status, "moved", "Location: " + location + "\r\n")
                     : answer("200 OK", request));
    }
  };
}

TEST_CASE("a redirect is a response like any other, unless redirects are allowed") {
  with_server(from_a_to("/b"), [](WireServer& server) -> Task<> {
    Session session;
    const Response response = co_await session.get(server.url("/a"));
    CHECK(response.status == 302);
    CHECK(response.body == "moved");
    CHECK_NOTHROW(response.raise_for_status());
  });
}

TEST_CASE("a redirect is followed as often as allowed, on the same connection") {
  with_server(from_a_to("/b"), [](WireServer& server) -> Task<> {
    Session session({.max_redirects = 1});
    const Response response = co_await session.post(server.url("/a"), "body");
    CHECK(response.status == 200);
    CHECK(response.url == server.url("/b"));
    CHECK_THAT(response.body, StartsWith("GET /b HTTP/1.1\r\n") && EndsWith("\r\n\r\n"));
    CHECK(server.connections() == 1);
  });
}

TEST_CASE("a redirect that keeps the body sends it again") {
  with_server(from_a_to("/b", "307 Temporary Redirect"), [](WireServer& server) -> Task<> {
    Session session({.max_redirects = 1});
    const Response response = co_await session.post(server.url("/a"), "body");
    CHECK_THAT(response.body, StartsWith("POST /b HTTP/1.1\r\n") && EndsWith("\r\n\r\nbody"));
  });
}

TEST_CASE("redirects in a circle end in a RedirectError, as soon as there are too many") {
  unsigned requests = 0;
  auto circle = [&](Peer& peer) -> Task<> {
    for (; !(co_await peer.request()).empty(); ++requests) {
      peer.send(answer("302 Found", "", "Location: /a\r\n"));
    }
  };
  with_server(circle, [&](WireServer& server) -> Task<> {
    Session session({.max_redirects = 3});
    const auto error = co_await error_of<RedirectError>(session.get(server.url("/a")));
    CHECK_FALSE(error.transient());
    CHECK_THAT(error.what(), Contains("more than 3 redirects"));
    CHECK(requests == 4);
    const Response response =
        co_await session.request({.url = server.url("/a"), .max_redirects = 0});
    CHECK(response.status == 302);
  });
}

TEST_CASE("a redirect to another scheme is not followed") {
  with_server(from_a_to("file:///etc/passwd"), [](WireServer& server) -> Task<> {
    Session session({.max_redirects = 3});
    co_await error_of<RedirectError>(session.get(server.url("/a")));
  });
}

TEST_CASE("a redirect without a Location is a response") {
  with_server(always(answer("302 Found", "where?")), [](WireServer& server) -> Task<> {
    Session session({.max_redirects = 3});
    const Response response = co_await session.get(server.url());
    CHECK(response.body == "where?");
  });
}

TEST_CASE("a stream follows redirects before its body is called") {
  with_server(from_a_to("/b"), [](WireServer& server) -> Task<> {
    Session session({.max_redirects = 1});
    int calls = 0;
    co_await session.stream({.url = server.url("/a")}, [&](ResponseStream& stream) -> Task<> {
      ++calls;
      CHECK(stream.status() == 200);
      CHECK_THAT((co_await stream.read()).value_or(""), StartsWith("GET /b "));
    });
    CHECK(calls == 1);
  });
}

TEST_CASE("a redirect to another server takes no credentials along") {
  with_server(echo, [](WireServer& other) -> Task<> {
    const std::string there = other.url("/b");
    co_await task_group([&](TaskGroup& group) -> Task<> {
      WireServer server(group, from_a_to(there));
      Session session({.max_redirects = 1});
      std::string url = server.url("/a");
      url.insert(url.find("127"), "user:password@");
      const Response response = co_await session.get(
          url, {{"Authorization", "Bearer secret"}, {"Cookie", "secret"}, {"X-A", "1"}});
      CHECK(response.url == there);
      CHECK_THAT(response.body, Contains("X-A: 1\r\n"));
      CHECK_THAT(response.body, !Contains("Authorization") && !Contains("secret"));
      group.cancel();
    });
  });
}

}  // namespace
}  // namespace penstock::test
