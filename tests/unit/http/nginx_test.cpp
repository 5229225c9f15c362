// Against a real nginx.
#include <fstream>
#include <sstream>

#include "http_run.hpp"
#include "penstock/async/gather.hpp"
#include "support/nginx_server.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace penstock::http;
using Catch::Contains;

/// One for all tests.
const NginxServer& nginx() {
  static const NginxServer server;
  return server;
}

SessionOptions trusting() {
  return {.ca_file = nginx().ca_file()};
}

/// What /who says.
struct Who {
  std::size_t connection = 0;
  std::size_t requests = 0;
  std::string protocol;
  std::string resumed;
};

Who who_of(const std::string& body) {
  Who who;
  std::istringstream(body) >> who.connection >> who.requests >> who.protocol >> who.resumed;
  return who;
}

Task<Who> who(Session& session, std::string url) {
  const Response response = co_await session.get(std::move(url));
  CHECK(response.status == 200);
  co_return who_of(response.body);
}

Task<Who> who_streamed(Session& session, std::string url) {
  co_return co_await session.stream({.url = std::move(url)},
                                    [](ResponseStream& stream) -> Task<Who> {
                                      std::string body;
                                      while (const auto bytes = co_await stream.read())
                                        body += *bytes;
                                      co_return who_of(body);
                                    });
}

TEST_CASE("requests one after the other travel on one connection") {
  const bool tls = GENERATE(false, true);
  run_real([&]() -> Task<> {
    Session session(trusting());
    const std::string url = tls ? nginx().https("/who") : nginx().http("/who");
    const Who first = co_await who(session, url);
    for (std::size_t i = 1; i <= 5; ++i) {
      const Who next = co_await who(session, url);
      CHECK(next.connection == first.connection);
      CHECK(next.requests == first.requests + i);
    }
  });
}

TEST_CASE("over TLS it is HTTP/2, unless that is not wanted") {
  run_real([]() -> Task<> {
    Session session(trusting());
    CHECK((co_await who(session, nginx().https("/who"))).protocol == "HTTP/2.0");
    CHECK((co_await who(session, nginx().http("/who"))).protocol == "HTTP/1.1");
    SessionOptions options = trusting();
    options.http2 = false;
    Session old(options);
    CHECK((co_await who(old, nginx().https("/who"))).protocol == "HTTP/1.1");
  });
}

TEST_CASE("requests at once share a connection of HTTP/2") {
  run_real([]() -> Task<> {
    Session session(trusting());
    const Who first = co_await who(session, nginx().https("/who"));
    std::vector<Task<Who>> tasks;
    for (int i = 0; i < 10; ++i) tasks.push_back(who(session, nginx().https("/who")));
    for (const Who& other : co_await gather(std::move(tasks))) {
      CHECK(other.connection == first.connection);
    }
  });
}

TEST_CASE("a stream has a connection of HTTP/1.1 for itself") {
  run_real([]() -> Task<> {
    Session session(trusting());
    const Who shared = co_await who(session, nginx().https("/who"));
    const Who alone = co_await who_streamed(session, nginx().https("/who"));
    CHECK(alone.protocol == "HTTP/1.1");
    CHECK(alone.connection != shared.connection);
    CHECK((co_await who(session, nginx().https("/who"))).connection == shared.connection);
  });
}

TEST_CASE("a new connection resumes the TLS session of an old one") {
  run_real([]() -> Task<> {
    SessionOptions options = trusting();
    options.http2 = false;
    Session session(options);
    const Headers close{{"Connection", "close"}};
    const Response first = co_await session.get(nginx().https("/who"), close);
    const Response second = co_await session.get(nginx().https("/who"), close);
    CHECK(who_of(first.body).resumed == ".");
    CHECK(who_of(second.body).resumed == "r");
  });
}

TEST_CASE("a request of HTTP/2 that is cancelled is withdrawn; its connection serves the others") {
  Event asked;
  auto script = [&](Peer& peer) -> Task<> {
    co_await peer.request();
    asked.set();
    co_await peer.hung_up();
  };
  with_server(script, [&](WireServer& server) -> Task<> {
    Session session(trusting());
    const Who before = co_await who(session, nginx().https("/who"));
    co_await task_group([&](TaskGroup& group) -> Task<> {
      const std::string slow = nginx().https("/to?port=" + std::to_string(server.port()));
      group.spawn(swallow(session.get(slow)));
      co_await asked.wait();
      group.cancel();
    });
    const Who after = co_await who(session, nginx().https("/who"));
    CHECK(after.connection == before.connection);
    CHECK(after.requests > before.requests);
  });
}

TEST_CASE("a certificate that nobody vouches for is a TlsError, and nothing is sent") {
  run_real([]() -> Task<> {
    Session session;
    const auto error = co_await error_of<TlsError>(session.get(nginx().https("/who")));
    CHECK_FALSE(error.transient());
    CHECK_FALSE(error.may_have_run());
    CHECK_THAT(error.what(), Contains("certificate"));
  });
}

TEST_CASE("a certificate for another host is a TlsError") {
  run_real([]() -> Task<> {
    Session session(trusting());
    const auto error = co_await error_of<TlsError>(
        session.get("https://127.0.0.1:" + std::to_string(nginx().tls_port()) + "/who"));
    CHECK_FALSE(error.transient());
  });
}

TEST_CASE("a file of certificates that is not there is a TlsError, not trust in all") {
  run_real([]() -> Task<> {
    Session session({.ca_file = "/nonexistent/ca.pem"});
    const auto error = co_await error_of<TlsError>(session.get(nginx().https("/who")));
    CHECK_FALSE(error.transient());
    CHECK_THAT(error.what(), Contains("/nonexistent/ca.pem"));
  });
}

TEST_CASE("a server that speaks no TLS is a TlsError that may pass") {
  run_real([]() -> Task<> {
    Session session(trusting());
    std::string url = nginx().http("/who");
    url.replace(0, 4, "https");
    const auto error = co_await error_of<TlsError>(session.get(url));
    CHECK(error.transient());
    CHECK_FALSE(error.may_have_run());
  });
}

TEST_CASE("HEAD, 204 and redirects are what they are, over both versions") {
  const bool tls = GENERATE(false, true);
  std::ofstream(nginx().files() / "page.txt") << "a page";
  run_real([&]() -> Task<> {
    Session session(trusting());
    const auto url = [&](std::string_view path) {
      return tls ? nginx().https(path) : nginx().http(path);
    };
    const Response head =
        co_await session.request({.method = "HEAD", .url = url("/files/page.txt")});
    CHECK(head.headers.get("content-length") == "6");
    CHECK(head.body.empty());
    CHECK((co_await session.get(url("/empty"))).status == 204);
    CHECK((co_await session.get(url("/moved"))).status == 302);
    const Response moved = co_await session.request({.url = url("/moved"), .max_redirects = 1});
    CHECK(moved.status == 200);
    CHECK(moved.url == url("/who"));
  });
}

TEST_CASE("a server that is busy says for how long") {
  const bool tls = GENERATE(false, true);
  run_real([&]() -> Task<> {
    Session session(trusting());
    const Response response =
        co_await session.get(tls ? nginx().https("/busy") : nginx().http("/busy"));
    auto raise = [&]() -> Task<> {
      response.raise_for_status();
      co_return;
    };
    const auto error = co_await error_of<TryLater>(raise());
    CHECK(error.retry_after() == std::chrono::seconds(7));
  });
}

TEST_CASE("a compressed page is unpacked when asked for") {
  std::ofstream(nginx().files() / "long.txt") << std::string(100'000, 'x');
  run_real([]() -> Task<> {
    Session session;
    const std::string url = nginx().http("/files/long.txt");
    const Response packed = co_await session.request({.url = url, .accept_compressed = true});
    CHECK(packed.headers.get("Content-Encoding") == "gzip");
    CHECK(packed.body == std::string(100'000, 'x'));
    const Response plain = co_await session.get(url);
    CHECK_FALSE(plain.headers.contains("Content-Encoding"));
    CHECK(plain.body.size() == 100'000);
  });
}

TEST_CASE("a request through a real proxy arrives") {
  run_real([]() -> Task<> {
    Session session({.proxy = nginx().proxy()});
    const Response response = co_await session.get(nginx().http("/who"));
    CHECK(response.headers.get("Via") == "nginx");
    CHECK(who_of(response.body).requests == 1);
  });
}

TEST_CASE("a large body goes up and comes down in pieces, and is the same") {
  const bool tls = GENERATE(false, true);
  const bool known = GENERATE(false, true);
  constexpr std::size_t kPieces = 320;
  constexpr std::size_t kPiece = 100'003;
  const auto byte_at = [](std::size_t at) {
    return static_cast<char>(at / kPiece * 31 + at % 251);
  };
  run_real([&]() -> Task<> {
    Session session(trusting());
    const std::string url = tls ? nginx().https("/files/large") : nginx().http("/files/large");
    Upload upload;
    if (known) upload.length = kPieces * kPiece;
    upload.next = [&, made = std::size_t{0}]() mutable -> Task<std::optional<std::string>> {
      if (made == kPieces * kPiece) co_return std::nullopt;
      std::string piece(kPiece, '\0');
      for (char& byte : piece) byte = byte_at(made++);
      co_return piece;
    };
    const Response stored =
        co_await session.request({.method = "PUT", .url = url, .body = std::move(upload)});
    CHECK((stored.status == 201 || stored.status == 204));
    std::size_t received = 0;
    std::size_t largest = 0;
    bool same = true;
    co_await session.stream({.url = url}, [&](ResponseStream& stream) -> Task<> {
      while (const auto bytes = co_await stream.read()) {
        largest = std::max(largest, bytes->size());
        for (const char byte : *bytes) same &= byte == byte_at(received++);
      }
    });
    CHECK(received == kPieces * kPiece);
    CHECK(same);
    CHECK(largest < 1'000'000);
  });
}

TEST_CASE("a body within its limit is taken as a whole, over both versions") {
  const bool tls = GENERATE(false, true);
  std::ofstream(nginx().files() / "whole") << std::string(10'000'000, 'x');
  run_real([&]() -> Task<> {
    Session session(trusting());
    const std::string url = tls ? nginx().https("/files/whole") : nginx().http("/files/whole");
    CHECK((co_await session.get(url)).body.size() == 10'000'000);
    co_await error_of<BodyTooLarge>(session.request({.url = url, .max_body = 9'999'999}));
    CHECK((co_await session.get(url)).body.size() == 10'000'000);
  });
}

}  // namespace
}  // namespace penstock::test
