// Servers that take their time, and requests that have none.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http_run.hpp"
#include "penstock/async/timeout.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace penstock::http;
using namespace std::chrono_literals;
using Catch::Contains;

/// Says `bytes` and nothing more; sets `gone` when the client has hung up.
WireServer::Script stalls_after(std::string bytes, Event& gone) {
  return [bytes = std::move(bytes), &gone](Peer& peer) -> Task<> {
    co_await peer.request();
    peer.send(bytes);
    co_await peer.hung_up();
    gone.set();
  };
}

const char* const kStalls[] = {"", "HTTP/1.1 200",
                               "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"};

TEST_CASE("a request that takes longer than its timeout is a TimeoutError, and is broken off") {
  const char* const bytes = GENERATE(from_range(std::begin(kStalls), std::end(kStalls)));
  Event gone;
  with_server(stalls_after(bytes, gone), [&](WireServer& server) -> Task<> {
    Session session;
    const auto error = co_await error_of<TimeoutError>(
        session.request({.url = server.url("/?secret"), .timeout = 20ms}));
    CHECK(error.transient());
    CHECK(error.may_have_run());
    CHECK_THAT(error.what(), Contains("/?...: not done in 20 ms"));
    co_await gone.wait();
  });
}

TEST_CASE("a deadline of the caller ends a request as it ends anything") {
  Event gone;
  with_server(stalls_after("", gone), [&](WireServer& server) -> Task<> {
    Session session;
    bool timed_out = false;
    try {
      co_await with_timeout(20ms, session.get(server.url()));
    } catch (const Timeout&) {
      timed_out = true;
    }
    CHECK(timed_out);
    co_await gone.wait();
  });
}

TEST_CASE("waiting for a place counts as the request's time") {
  Event gone;
  with_server(stalls_after("", gone), [&](WireServer& server) -> Task<> {
    co_await task_group([&](TaskGroup& group) -> Task<> {
      Session session({.limit_per_host = 1});
      auto first = group.spawn(swallow(session.get(server.url())));
      co_await yield_now();
      co_await error_of<TimeoutError>(session.request({.url = server.url(), .timeout = 20ms}));
      first.cancel();
      co_await first.join();
    });
  });
}

TEST_CASE("a stream may last, but no wait in it") {
  auto script = [](Peer& peer) -> Task<> {
    co_await peer.request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
    for (int i = 0; i < 3; ++i) {
      peer.send("abc"), co_await sleep(15ms);
    }
    co_await peer.hung_up();
  };
  with_server(script, [](WireServer& server) -> Task<> {
    Session session;
    auto body = [](ResponseStream& stream) -> Task<std::size_t> {
      std::size_t size = 0;
      while (const auto bytes = co_await stream.read()) size += bytes->size();
      co_return size;
    };
    const std::size_t size =
        co_await session.stream({.url = server.url(), .timeout = std::chrono::seconds(30)}, body);
    CHECK(size == 9);
  });
}

TEST_CASE("a stream whose server stalls is a TimeoutError, in its head and in its body") {
  const char* const bytes = GENERATE(from_range(std::begin(kStalls), std::end(kStalls)));
  Event gone;
  with_server(stalls_after(bytes, gone), [&](WireServer& server) -> Task<> {
    Session session;
    std::string got;
    auto body = [&](ResponseStream& stream) -> Task<> {
      while (const auto more = co_await stream.read()) got += *more;
    };
    co_await error_of<TimeoutError>(session.stream({.url = server.url(), .timeout = 50ms}, body));
    CHECK((got.empty() || got == "abc"));
    co_await gone.wait();
  });
}

/// A port whose queue of connections is full: the kernel lets further ones wait.
class FullPort {
 public:
  FullPort() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    REQUIRE(bind(listener_, generic(), size) == 0);
    REQUIRE(listen(listener_, 0) == 0);
    getsockname(listener_, generic(), &size);
    for (int& fd : fillers_) {
      fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      connect(fd, generic(), size);
    }
  }
  FullPort(const FullPort&) = delete;
  FullPort& operator=(const FullPort&) = delete;
  ~FullPort() {
    for (const int fd : fillers_) close(fd);
    close(listener_);
  }
  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(ntohs(address_.sin_port)) + "/";
  }

 private:
  sockaddr* generic() { return reinterpret_cast<sockaddr*>(&address_); }
  int listener_;
  int fillers_[3]{};
  sockaddr_in address_{};
};

TEST_CASE("a connection that does not come about in time is a TimeoutError of nothing sent") {
  const FullPort port;
  run_real([&]() -> Task<> {
    Session session({.connect_timeout = 20ms});
    const auto error = co_await error_of<TimeoutError>(session.get(port.url()));
    CHECK(error.transient());
    CHECK_FALSE(error.may_have_run());
  });
}

}  // namespace
}  // namespace penstock::test
