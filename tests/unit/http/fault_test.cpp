// Servers that do what servers should not.
#include "http_run.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace penstock::http;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;

/// The ProtocolError that a server with this script leads to.
std::string protocol_error(WireServer::Script script) {
  std::string what;
  with_server(std::move(script), [&](WireServer& server) -> Task<> {
    Session session;
    const auto error = co_await error_of<ProtocolError>(session.get(server.url()));
    CHECK(error.transient());
    CHECK(error.may_have_run());
    what = error.what();
  });
  return what;
}

TEST_CASE("a port where nobody listens is a ConnectError, which names the request") {
  with_server(echo, [](WireServer& server) -> Task<> {
    server.shut();
    co_await yield_now();
    Session session;
    const auto error =
        co_await error_of<ConnectError>(session.get(server.url("/path?token=secret")));
    CHECK(error.transient());
    CHECK_FALSE(error.may_have_run());
    CHECK_THAT(error.what(), StartsWith("GET " + server.url("/path?...: ")));
    CHECK_THAT(error.what(), Contains("onnect") && !Contains("secret"));
  });
}

TEST_CASE("a server that hangs up without an answer is not asked again") {
  with_server(once(""), [](WireServer& server) -> Task<> {
    Session session;
    co_await error_of<ProtocolError>(session.get(server.url()));
    CHECK(server.connections() == 1);
  });
}

TEST_CASE("a connection that is reset is a ProtocolError") {
  CHECK_THAT(protocol_error([](Peer& peer) -> Task<> {
               co_await peer.request();
               peer.reset();
             }),
             Contains("reset"));
}

TEST_CASE("a body that ends too early is an error, not a short body") {
  const std::string bytes =
      GENERATE("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nshort",
               "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
  protocol_error(once(bytes));
}

TEST_CASE("what is not HTTP is a ProtocolError") {
  const std::string bytes = GENERATE(
      "SSH-2.0-OpenSSH_9.2\r\n", "\x16\x03\x01garbage\n", "\n\n\n", "HTTP/9.9 200 OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", "HTTP/1.1 200 OK\r\nX-A: cut");
  INFO(bytes);
  protocol_error(once(bytes));
}

TEST_CASE("a zero byte in a header is a ProtocolError") {
  protocol_error(once(answer("200 OK", "", std::string("X-A: 1\0002\r\n", 10))));
}

TEST_CASE("a head that the end cuts off is not taken for one") {
  CHECK_THAT(protocol_error(once("HTTP/1.1 200 OK\r\nX-A: 1\r\nX-B")),
             EndsWith("the headers are cut off"));
}

TEST_CASE("a head without end is given up, and its connection closed") {
  const std::string more = GENERATE("X-A: 0123456789012345678901234567890123456789\r\n",
                                    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
  const std::string start = more.starts_with("X") ? "HTTP/1.1 200 OK\r\n" : "";
  CHECK_THAT(protocol_error([&](Peer& peer) -> Task<> {
               co_await peer.request();
               peer.send(start);
               for (int i = 0; i < 100'000; ++i) peer.send(more);
               co_await peer.hung_up();
             }),
             EndsWith("the headers have more than 262144 bytes"));
}

TEST_CASE("one endless line of a head is given up, and its connection closed") {
  protocol_error([](Peer& peer) -> Task<> {
    co_await peer.request();
    peer.send("HTTP/1.1 200 OK\r\nX-A: " + std::string(10'000'000, 'x'));
    co_await peer.hung_up();
  });
}

TEST_CASE("a body larger than allowed is BodyTooLarge, and its connection is closed") {
  const std::string head =
      GENERATE("Content-Length: 1001\r\n\r\n", "\r\n", "Transfer-Encoding: chunked\r\n\r\n3e9\r\n");
  auto too_much = [&](Peer& peer) -> Task<> {
    co_await peer.request();
    peer.send("HTTP/1.1 200 OK\r\n" + head + std::string(1001, 'x'));
    co_await peer.hung_up();
  };
  with_server(too_much, [](WireServer& server) -> Task<> {
    Session session({.max_body = 1000});
    const auto error = co_await error_of<BodyTooLarge>(session.get(server.url()));
    CHECK_FALSE(error.transient());
    CHECK(error.may_have_run());
    CHECK_THAT(error.what(), Contains("more than 1000 bytes"));
    co_await error_of<BodyTooLarge>(session.get(server.url()));
    CHECK(server.connections() == 2);
  });
}

TEST_CASE("a body that says it is too large is not received") {
  auto announces = [](Peer& peer) -> Task<> {
    co_await peer.request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\nx");
    co_await peer.hung_up();
  };
  with_server(announces, [](WireServer& server) -> Task<> {
    Session session;
    co_await error_of<BodyTooLarge>(session.get(server.url()));
  });
}

TEST_CASE("a body as large as allowed is received; a request's own limit comes first") {
  with_server(always(answer("200 OK", std::string(1000, 'x'))), [](WireServer& server) -> Task<> {
    Session session({.max_body = 10});
    const Response response = co_await session.request({.url = server.url(), .max_body = 1000});
    CHECK(response.body.size() == 1000);
    co_await error_of<BodyTooLarge>(session.request({.url = server.url(), .max_body = 999}));
  });
}

TEST_CASE("a connection that failed is not used again") {
  auto script = [](Peer& peer) -> Task<> {
    co_await peer.request();
    peer.send(peer.number() == 1 ? "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nbad\r\n\r\n"
                                 : answer("200 OK", "hello"));
    co_await peer.hung_up();
  };
  with_server(script, [](WireServer& server) -> Task<> {
    Session session;
    co_await error_of<ProtocolError>(session.get(server.url()));
    const Response response = co_await session.get(server.url());
    CHECK(response.body == "hello");
    CHECK(server.connections() == 2);
  });
}

TEST_CASE("a compressed body is unpacked when asked for, and bounded as it comes out") {
  // gzip of 1000 times 'x'
  const std::string packed(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\xa8\x18\x05\xa3\x60\x14\x0c\x77\x00\x00\xe6\xc9"
      "\x41\x3b\xe8\x03\x00\x00",
      29);
  with_server(always(answer("200 OK", packed, "Content-Encoding: gzip\r\n")),
              [&](WireServer& server) -> Task<> {
                Session session;
                Request request{.url = server.url(), .max_body = 1000, .accept_compressed = true};
                const Response response = co_await session.request(request);
                CHECK(response.body == std::string(1000, 'x'));
                request.max_body = 999;
                co_await error_of<BodyTooLarge>(session.request(request));
                const Response raw = co_await session.get(server.url());
                CHECK(raw.body == packed);
              });
}

}  // namespace
}  // namespace penstock::test
