// Responses that are read as they come.
#include "http_run.hpp"
#include "penstock/async/timeout.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace penstock::http;
using namespace std::chrono_literals;

/// Reads a stream to its end.
Task<std::string> read_all(ResponseStream& stream) {
  std::string all;
  while (const auto bytes = co_await stream.read()) all += *bytes;
  co_return all;
}

/// Returns once `value()` has not changed for a thousand turns of the loop, in each of which the
/// kernel was asked for news.
template <class Value>
Task<> settled(Value value) {
  auto last = value();
  for (int turns = 0; turns < 1000; ++turns) {
    co_await sleep(Duration::zero());
    if (value() != last) last = value(), turns = 0;
  }
}

TEST_CASE("a stream has the head first, then the body as it comes") {
  Event head_seen, first_seen;
  auto script = [&](Peer& peer) -> Task<> {
    co_await peer.request();
    peer.send("HTTP/1.1 201 Created\r\nX-A: 1\r\nContent-Length: 8\r\n\r\n");
    co_await head_seen.wait();
    peer.send("once");
    co_await first_seen.wait();
    peer.send("more");
    co_await peer.hung_up();
  };
  with_server(script, [&](WireServer& server) -> Task<> {
    Session session;
    co_await session.stream({.url = server.url()}, [&](ResponseStream& stream) -> Task<> {
      CHECK(stream.status() == 201);
      CHECK(stream.headers().get("x-a") == "1");
      head_seen.set();
      CHECK(co_await stream.read() == "once");
      first_seen.set();
      CHECK(co_await stream.read() == "more");
      CHECK(co_await stream.read() == std::nullopt);
      CHECK(co_await stream.read() == std::nullopt);
    });
  });
}

TEST_CASE("what the body of a stream returns is returned") {
  with_server(always(answer("200 OK", "hello")), [](WireServer& server) -> Task<> {
    Session session;
    const std::string body = co_await session.stream({.url = server.url()}, read_all);
    CHECK(body == "hello");
  });
}

TEST_CASE("a stream that was read to its end leaves a connection for others") {
  with_server(always(answer("200 OK", std::string(500'000, 'x'))),
              [](WireServer& server) -> Task<> {
                Session session;
                for (int i = 0; i < 3; ++i) {
                  const std::string body = co_await session.stream({.url = server.url()}, read_all);
                  CHECK(body.size() == 500'000);
                }
                CHECK(server.connections() == 1);
              });
}

TEST_CASE("a stream that is left early is broken off") {
  Event hung_up;
  auto script = [&](Peer& peer) -> Task<> {
    co_await peer.request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegin");
    co_await peer.hung_up();
    hung_up.set();
  };
  with_server(script, [&](WireServer& server) -> Task<> {
    Session session;
    co_await session.stream({.url = server.url()}, [&](ResponseStream& stream) -> Task<> {
      CHECK(co_await stream.read() == "begin");
    });
    co_await hung_up.wait();
  });
}

TEST_CASE("an error of the body passes through, and breaks the stream off") {
  Event hung_up;
  auto script = [&](Peer& peer) -> Task<> {
    co_await peer.request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegin");
    co_await peer.hung_up();
    hung_up.set();
  };
  with_server(script, [&](WireServer& server) -> Task<> {
    Session session;
    bool failed = false;
    try {
      co_await session.stream({.url = server.url()}, [](ResponseStream& stream) -> Task<> {
        co_await stream.read();
        throw std::logic_error("boom");
      });
    } catch (const std::logic_error&) {
      failed = true;
    }
    CHECK(failed);
    co_await hung_up.wait();
  });
}

TEST_CASE("a server is held up while nobody reads, and loses nothing by it") {
  constexpr std::size_t kPiece = 100'000;
  constexpr std::size_t kPieces = 640;
  std::size_t sent = 0;
  auto script = [&](Peer& peer) -> Task<> {
    co_await peer.request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kPiece * kPieces) +
              "\r\n\r\n");
    for (std::size_t i = 0; i < kPieces; ++i) {
      peer.send(std::string(kPiece, static_cast<char>('a' + i % 26)));
      co_await peer.sent();
      sent += kPiece;
    }
    co_await peer.hung_up();
  };
  with_server(script, [&](WireServer& server) -> Task<> {
    Session session;
    co_await session.stream({.url = server.url()}, [&](ResponseStream& stream) -> Task<> {
      co_await settled([&] { return sent; });
      CHECK(sent < kPiece * kPieces / 2);
      std::size_t received = 0;
      bool in_order = true;
      while (const auto bytes = co_await stream.read()) {
        for (const char byte : *bytes) in_order &= byte == 'a' + received++ / kPiece % 26;
        CHECK(bytes->size() < 1'000'000);
      }
      CHECK(received == kPiece * kPieces);
      CHECK(in_order);
    });
  });
}

TEST_CASE("reading can be cancelled without losing a byte") {
  Event go_on;
  auto script = [&](Peer& peer) -> Task<> {
    co_await peer.request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    co_await go_on.wait();
    peer.send("hello");
    co_await peer.hung_up();
  };
  with_server(script, [&](WireServer& server) -> Task<> {
    Session session;
    co_await session.stream({.url = server.url()}, [&](ResponseStream& stream) -> Task<> {
      bool timed_out = false;
      try {
        co_await with_timeout(1ms, stream.read());
      } catch (const Timeout&) {
        timed_out = true;
      }
      CHECK(timed_out);
      go_on.set();
      CHECK(co_await read_all(stream) == "hello");
    });
  });
}

TEST_CASE("a stream that is cancelled is broken off") {
  Event reading, hung_up;
  auto script = [&](Peer& peer) -> Task<> {
    co_await peer.request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    co_await peer.hung_up();
    hung_up.set();
  };
  with_server(script, [&](WireServer& server) -> Task<> {
    Session session;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn(session.stream({.url = server.url()}, [&](ResponseStream& stream) -> Task<> {
        reading.set();
        co_await stream.read();
      }));
      co_await reading.wait();
      group.cancel();
    });
    co_await hung_up.wait();
  });
}

TEST_CASE("a body that is cut gives what came, and then the error, every time it is asked") {
  with_server(once("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"),
              [](WireServer& server) -> Task<> {
                Session session;
                auto body = [](ResponseStream& stream) -> Task<> {
                  std::string got;
                  while (got.size() < 5) got += (co_await stream.read()).value_or("");
                  CHECK(got == "short");
                  co_await error_of<ProtocolError>(stream.read());
                  co_await error_of<ProtocolError>(stream.read());
                };
                co_await session.stream({.url = server.url()}, body);
              });
}

TEST_CASE("a stream has no limit but its own") {
  with_server(always(answer("200 OK", "0123456789")), [](WireServer& server) -> Task<> {
    Session session({.max_body = 5});
    const std::string body = co_await session.stream({.url = server.url()}, read_all);
    CHECK(body == "0123456789");
    co_await error_of<BodyTooLarge>(session.stream({.url = server.url(), .max_body = 9}, read_all));
  });
}

TEST_CASE("raise_for_status of a stream has the body of the complaint") {
  const unsigned status = GENERATE(404U, 503U);
  with_server(
      always(answer(std::to_string(status) + " No", "because", "Retry-After: 7\r\n")),
      [&](WireServer& server) -> Task<> {
        Session session;
        auto body = [](ResponseStream& stream) -> Task<> { co_await stream.raise_for_status(); };
        const auto error = co_await error_of<TryLater>(session.stream({.url = server.url()}, body));
        CHECK(error.status() == status);
        CHECK(error.response().body == "because");
        CHECK(error.retry_after() == 7s);
      });
}

TEST_CASE("raise_for_status of a good stream takes nothing from it") {
  with_server(always(answer("200 OK", "hello")), [](WireServer& server) -> Task<> {
    Session session;
    co_await session.stream({.url = server.url()}, [](ResponseStream& stream) -> Task<> {
      co_await stream.raise_for_status();
      CHECK(co_await read_all(stream) == "hello");
    });
  });
}

TEST_CASE("a stream that cannot connect throws before its body is called") {
  with_server(echo, [](WireServer& server) -> Task<> {
    server.shut();
    co_await yield_now();
    Session session;
    bool called = false;
    co_await error_of<ConnectError>(
        session.stream({.url = server.url()}, [&](ResponseStream&) -> Task<> {
          called = true;
          co_return;
        }));
    CHECK_FALSE(called);
  });
}

}  // namespace
}  // namespace penstock::test
