// Requests and responses as they travel.
#include "http_run.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace penstock::http;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;

TEST_CASE("a response has its status, headers and body") {
  with_server(always(answer("201 Created", "hello", "X-A: 1\r\nx-a: 2\r\nX-B:  3 \r\n")),
              [](WireServer& server) -> Task<> {
                Session session;
                const Response response = co_await session.get(server.url());
                CHECK(response.status == 201);
                CHECK(response.body == "hello");
                CHECK(response.headers.get_all("X-A") == std::vector<std::string_view>{"1", "2"});
                CHECK(response.headers.get("x-b") == "3");
                CHECK(response.url == server.url());
              });
}

TEST_CASE("a request is sent as it was made") {
  with_server(echo, [](WireServer& server) -> Task<> {
    Session session;
    const Response response = co_await session.request(
        {.method = "DELETE", .url = server.url("/a?b=c"), .headers = {{"X-A", "1"}, {"X-B", ""}}});
    CHECK_THAT(response.body, StartsWith("DELETE /a?b=c HTTP/1.1\r\n"));
    CHECK_THAT(response.body, Contains("\r\nX-A: 1\r\n") && Contains("\r\nX-B:\r\n"));
    CHECK_THAT(response.body, Contains("User-Agent: penstock\r\n"));
    CHECK_THAT(response.body, !Contains("Content-"));
  });
}

TEST_CASE("a body is sent as it is, with its length, and nothing guessed or awaited") {
  const std::string method = GENERATE("POST", "PUT", "PATCH", "DELETE", "GET");
  with_server(echo, [&](WireServer& server) -> Task<> {
    Session session;
    const std::string body("a\0b", 3);
    const Response response =
        co_await session.request({.method = method, .url = server.url(), .body = body});
    CHECK_THAT(response.body, StartsWith(method + " / HTTP/1.1\r\n"));
    CHECK_THAT(response.body, Contains("Content-Length: 3\r\n") && EndsWith("\r\n\r\n" + body));
    CHECK_THAT(response.body, !Contains("Content-Type") && !Contains("Expect"));
  });
}

TEST_CASE("a large body is sent without waiting for leave") {
  with_server(echo, [](WireServer& server) -> Task<> {
    Session session;
    const Response response = co_await session.post(server.url(), std::string(2'000'000, 'x'));
    CHECK(response.body.size() > 2'000'000);
    CHECK_THAT(response.body.substr(0, 1000), !Contains("Expect"));
  });
}

TEST_CASE("a method that means a body announces an empty one") {
  const std::string method = GENERATE("POST", "PUT", "PATCH");
  with_server(echo, [&](WireServer& server) -> Task<> {
    Session session;
    const Response response = co_await session.request({.method = method, .url = server.url()});
    CHECK_THAT(response.body, Contains("Content-Length: 0\r\n"));
  });
}

TEST_CASE("post_json says that it is JSON") {
  with_server(echo, [](WireServer& server) -> Task<> {
    Session session;
    const Response response = co_await session.post_json(server.url(), R"({"a":1})");
    CHECK_THAT(response.body, Contains("Content-Type: application/json\r\n"));
    CHECK_THAT(response.body, EndsWith("\r\n\r\n{\"a\":1}"));
  });
}

TEST_CASE("a body in chunks is put together, and what follows it is no header") {
  const std::string body = "4\r\nWiki\r\n6\r\npedia \r\n0\r\nX-Trailer: 1\r\n\r\n";
  with_server(always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body),
              [](WireServer& server) -> Task<> {
                Session session;
                const Response response = co_await session.get(server.url());
                CHECK(response.body == "Wikipedia ");
                CHECK_FALSE(response.headers.contains("X-Trailer"));
              });
}

TEST_CASE("a response that comes byte by byte is the same") {
  const std::string bytes =
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nX-A: 1\r\n"
      "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  auto drips = [&](Peer& peer) -> Task<> {
    co_await peer.request();
    for (const char byte : bytes) {
      peer.send({&byte, 1});
      co_await sleep(Duration::zero());
    }
    co_await peer.hung_up();
  };
  with_server(drips, [](WireServer& server) -> Task<> {
    Session session;
    const Response response = co_await session.get(server.url());
    CHECK(response.status == 200);
    CHECK(response.headers.get("X-A") == "1");
    CHECK(response.body == "hello");
  });
}

TEST_CASE("a body without a length ends with the connection") {
  with_server(once("HTTP/1.1 200 OK\r\n\r\nto the end"), [](WireServer& server) -> Task<> {
    Session session;
    const Response response = co_await session.get(server.url());
    CHECK(response.body == "to the end");
  });
}

TEST_CASE("responses that only inform are passed over, with their headers") {
  const std::string early = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
  with_server(always("HTTP/1.1 100 Continue\r\n\r\n" + early + early + answer("200 OK", "hello")),
              [](WireServer& server) -> Task<> {
                Session session;
                const Response response = co_await session.get(server.url());
                CHECK(response.status == 200);
                CHECK_FALSE(response.headers.contains("Link"));
                CHECK(response.body == "hello");
              });
}

TEST_CASE("responses without a body end with their head") {
  const std::string head =
      GENERATE("204 No Content\r\n", "304 Not Modified\r\nContent-Length: 9\r\n");
  with_server(always("HTTP/1.1 " + head + "\r\n"), [](WireServer& server) -> Task<> {
    Session session;
    for (int i = 0; i < 2; ++i) {
      const Response response = co_await session.get(server.url());
      CHECK(response.body.empty());
    }
    CHECK(server.connections() == 1);
  });
}

TEST_CASE("HEAD has the headers of a body, and no body") {
  with_server(always("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"),
              [](WireServer& server) -> Task<> {
                Session session;
                for (int i = 0; i < 2; ++i) {
                  const Response response =
                      co_await session.request({.method = "HEAD", .url = server.url()});
                  CHECK(response.headers.get("Content-Length") == "99999999999");
                  CHECK(response.body.empty());
                }
                CHECK(server.connections() == 1);
              });
}

TEST_CASE("an indented line of a head continues the value before it") {
  with_server(always(answer("200 OK", "", "X-A: one\r\n  two\r\nX-B: 3\r\n")),
              [](WireServer& server) -> Task<> {
                Session session;
                const Response response = co_await session.get(server.url());
                CHECK(response.headers.get("X-A") == "one two");
                CHECK(response.headers.get("X-B") == "3");
              });
}

TEST_CASE("a connection that was answered in full is used again") {
  with_server(always(answer("200 OK", "hello")), [](WireServer& server) -> Task<> {
    Session session;
    for (int i = 0; i < 5; ++i) co_await session.get(server.url());
    CHECK(server.connections() == 1);
  });
}

TEST_CASE("what follows a body is not taken for the next response") {
  with_server(always(answer("200 OK", "hello") + answer("666 Forged", "forged")),
              [](WireServer& server) -> Task<> {
                Session session;
                for (int i = 0; i < 3; ++i) {
                  const Response response = co_await session.get(server.url());
                  CHECK(response.status == 200);
                }
              });
}

TEST_CASE("a request that may not be sent is refused before anybody hears of it") {
  with_server(echo, [](WireServer& server) -> Task<> {
    Session session;
    const auto error =
        co_await error_of<InvalidRequest>(session.get(server.url(), {{"X-A", "1\r\nX-Forged: 1"}}));
    CHECK_FALSE(error.transient());
    CHECK_FALSE(error.may_have_run());
    CHECK(server.connections() == 0);
  });
}

}  // namespace
}  // namespace penstock::test
