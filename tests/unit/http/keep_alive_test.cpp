// Connections that are kept, and what becomes of a request when one of them turns out dead.
#include "http_run.hpp"
#include "penstock/async/gather.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace penstock::http;
using Catch::Contains;

/// The first connection answers one request, and meets the next one with `end`; the others answer
/// all. Counts what it is asked.
WireServer::Script dies_on_second(std::size_t& requests, void (Peer::*end)(),
                                  std::string_view last_words = "") {
  return [=, &requests](Peer& peer) -> Task<> {
    for (int i = 0; !(co_await peer.request()).empty(); ++i) {
      ++requests;
      if (peer.number() == 1 && i == 1) {
        peer.send(last_words);
        co_await peer.sent();
        (peer.*end)();
        co_return;
      }
      peer.send(answer("200 OK", "hello"));
    }
  };
}

TEST_CASE("an idempotent request that met a dead connection is sent once more on another") {
  const std::string method = GENERATE("GET", "PUT", "DELETE", "HEAD", "OPTIONS");
  const auto end = GENERATE(&Peer::close, &Peer::reset);
  std::size_t requests = 0;
  with_server(dies_on_second(requests, end), [&](WireServer& server) -> Task<> {
    Session session;
    co_await session.get(server.url());
    const Response response = co_await session.request({.method = method, .url = server.url()});
    CHECK(response.status == 200);
    CHECK(requests == 3);
    CHECK(server.connections() == 2);
  });
}

TEST_CASE("a request that is not idempotent is not sent again") {
  const std::string method = GENERATE("POST", "PATCH", "WHATEVER");
  const std::string body = GENERATE("", "body");
  const auto end = GENERATE(&Peer::close, &Peer::reset);
  std::size_t requests = 0;
  with_server(dies_on_second(requests, end), [&](WireServer& server) -> Task<> {
    Session session;
    co_await session.get(server.url());
    const auto error = co_await error_of<ProtocolError>(
        session.request({.method = method, .url = server.url(), .body = body}));
    CHECK(error.transient());
    CHECK(error.may_have_run());
    CHECK(requests == 2);
    co_await session.get(server.url());
    CHECK(requests == 3);
  });
}

TEST_CASE("a request that was answered in part is not sent again") {
  const std::string part = GENERATE("HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nX-A: 1\r\n");
  std::size_t requests = 0;
  auto script = dies_on_second(requests, &Peer::close, part);
  with_server(script, [&](WireServer& server) -> Task<> {
    Session session;
    co_await session.get(server.url());
    co_await error_of<ProtocolError>(session.get(server.url()));
    CHECK(requests == 2);
  });
}

TEST_CASE("a request is sent twice at most, however many connections are dead") {
  std::size_t requests = 0;
  Event all_connected;
  auto script = [&](Peer& peer) -> Task<> {
    for (int i = 0; !(co_await peer.request()).empty(); ++i) {
      if (++requests == 3) all_connected.set();
      if (i == 1) co_return;
      co_await all_connected.wait();
      peer.send(answer("200 OK", "hello"));
    }
  };
  with_server(script, [&](WireServer& server) -> Task<> {
    Session session;
    co_await gather(session.get(server.url()), session.get(server.url()),
                    session.get(server.url()));
    CHECK(server.connections() == 3);
    const auto error = co_await error_of<ProtocolError>(session.get(server.url()));
    CHECK_THAT(error.what(), Contains("closed a kept connection without an answer"));
    CHECK(requests == 5);
  });
}

TEST_CASE("a connection that the server closed while it was idle troubles no request") {
  Event closed;
  auto script = [&](Peer& peer) -> Task<> {
    co_await peer.request();
    peer.send(answer("200 OK", "hello"));
    co_await peer.sent();
    peer.close();
    closed.set();
  };
  with_server(script, [&](WireServer& server) -> Task<> {
    Session session;
    for (std::size_t i = 1; i <= 3; ++i) {
      closed.clear();
      const Response response = co_await session.post(server.url(), "body");
      CHECK(response.body == "hello");
      co_await closed.wait();
      CHECK(server.connections() == i);
    }
  });
}

TEST_CASE("a server that announces the connection's end is taken at its word") {
  with_server(always(answer("200 OK", "hello", "Connection: close\r\n")),
              [](WireServer& server) -> Task<> {
                Session session;
                co_await session.post(server.url(), "body");
                co_await session.post(server.url(), "body");
                CHECK(server.connections() == 2);
              });
}

TEST_CASE("connections are closed with their session") {
  Event hung_up;
  auto script = [&](Peer& peer) -> Task<> {
    co_await peer.request();
    peer.send(answer("200 OK", "hello"));
    co_await peer.hung_up();
    hung_up.set();
  };
  with_server(script, [&](WireServer& server) -> Task<> {
    {
      Session session;
      co_await session.get(server.url());
      CHECK_FALSE(hung_up.is_set());
    }
    co_await hung_up.wait();
  });
}

}  // namespace
}  // namespace penstock::test
