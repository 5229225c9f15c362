#include "penstock/redis/uv_network.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include "penstock/async/event.hpp"
#include "penstock/async/timeout.hpp"
#include "penstock/redis/error.hpp"
#include "with_redis.hpp"

using namespace penstock;
using namespace penstock::test;
using namespace std::chrono_literals;

namespace {

/// A port that takes connections and says nothing.
class Listener {
 public:
  Listener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(fd_, as_sockaddr(), sizeof address_) == 0);
    REQUIRE(listen(fd_, 16) == 0);
    socklen_t size = sizeof address_;
    getsockname(fd_, as_sockaddr(), &size);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { shut(); }

  void shut() { close(std::exchange(fd_, -1)); }
  redis::Address address() const {
    return redis::Address::tcp("127.0.0.1", ntohs(address_.sin_port));
  }
  /// The other end of the next connection.
  int accept() const { return ::accept(fd_, nullptr, nullptr); }

 private:
  sockaddr* as_sockaddr() { return reinterpret_cast<sockaddr*>(&address_); }
  int fd_;
  sockaddr_in address_{};
};

struct Recorder final : redis::Transport::Receiver {
  void on_bytes(std::string_view bytes) noexcept override { received += bytes; }
  void on_end(std::string_view reason) noexcept override {
    ++ends;
    why = reason;
    ended.set();
  }
  void on_drained() noexcept override { drained.set(); }

  std::string received;
  std::string why;
  int ends = 0;
  async::Event ended;
  async::Event drained;
};

/// What connecting to `address` fails with.
std::string failure(const redis::Address& address) {
  async::Loop loop;
  redis::UvNetwork network;
  try {
    loop.run(network.connect(address));
  } catch (const redis::Error& error) {
    CHECK(error.failure() == redis::Failure::kUnavailable);
    return error.what();
  }
  return "connected";
}

/// The value of an option of this process' one TCP connection to `port`.
int socket_option(std::uint16_t port, int level, int option) {
  for (int fd = 3; fd < 1024; ++fd) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    if (peer.sin_family != AF_INET || ntohs(peer.sin_port) != port) continue;
    int value = -1;
    size = sizeof value;
    getsockopt(fd, level, option, &value, &size);
    return value;
  }
  return -1;
}

}  // namespace

TEST_CASE("a port where nobody listens refuses") {
  Listener listener;
  listener.shut();
  CHECK(failure(listener.address()) == "cannot connect: connection refused");
}

TEST_CASE("a socket that is not there is said to be missing") {
  CHECK(failure(redis::Address::unix_socket("/nonexistent/redis.sock")) ==
        "cannot connect: no such file or directory");
}

TEST_CASE("a path that no unix socket can have is refused, not cut") {
  CHECK_THAT(failure(redis::Address::unix_socket("/" + std::string(200, 'x'))),
             Catch::EndsWith("name too long"));
}

TEST_CASE("a name that does not resolve is said") {
  CHECK_THAT(failure(redis::Address::tcp("no-such-host.invalid", 6379)),
             Catch::StartsWith("cannot resolve no-such-host.invalid: "));
}

TEST_CASE("resolving and connecting can be cancelled at once") {
  const std::string host = GENERATE("localhost", "no-such-host.invalid", "127.0.0.1");
  async::Loop loop;
  redis::UvNetwork network;
  const redis::Address address = redis::Address::tcp(host, 1);
  loop.run([&]() -> async::Task<> {
    co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
      group.spawn(network.connect(address));
      co_await async::yield_now();
      group.cancel();
    });
  }());
}

TEST_CASE("a connection notices a peer that is gone, and does not wait to send") {
  Listener listener;
  async::Loop loop;
  redis::UvNetwork network;
  const redis::Address address = listener.address();
  loop.run([&]() -> async::Task<> {
    const auto transport = co_await network.connect(address);
    CHECK(socket_option(address.port, IPPROTO_TCP, TCP_NODELAY) != 0);
    CHECK(socket_option(address.port, SOL_SOCKET, SO_KEEPALIVE) != 0);
    CHECK(socket_option(address.port, IPPROTO_TCP, TCP_KEEPIDLE) == 5);
    CHECK(socket_option(address.port, IPPROTO_TCP, TCP_KEEPINTVL) == 1);
    CHECK(socket_option(address.port, IPPROTO_TCP, TCP_KEEPCNT) == 3);
    CHECK(socket_option(address.port, IPPROTO_TCP, TCP_USER_TIMEOUT) == 8000);
  }());
}

TEST_CASE("the end of a stream is told once, with its reason") {
  Listener listener;
  async::Loop loop;
  redis::UvNetwork network;
  const redis::Address address = listener.address();
  loop.run([&]() -> async::Task<> {
    const auto transport = co_await network.connect(address);
    Recorder recorder;
    transport->start(recorder);
    const int peer = listener.accept();
    CHECK(write(peer, "+OK\r\n", 5) == 5);
    close(peer);
    co_await recorder.ended.wait();
    CHECK(recorder.received == "+OK\r\n");
    CHECK(recorder.why == "the server closed it");
    transport->write("more");
    CHECK(recorder.ends == 1);
  }());
}

TEST_CASE("writing to a peer that is gone is an end, not a signal") {
  Listener listener;
  async::Loop loop;
  redis::UvNetwork network;
  const redis::Address address = listener.address();
  loop.run([&]() -> async::Task<> {
    const auto transport = co_await network.connect(address);
    Recorder recorder;
    transport->start(recorder);
    const linger abortive{.l_onoff = 1, .l_linger = 0};
    const int peer = listener.accept();
    setsockopt(peer, SOL_SOCKET, SO_LINGER, &abortive, sizeof abortive);
    close(peer);
    while (!recorder.ended.is_set()) {
      transport->write("bytes");
      co_await async::sleep(1ms);
    }
    CHECK(recorder.ends == 1);
  }());
}

TEST_CASE("what the kernel does not take is kept, and told when it has left") {
  Listener listener;
  async::Loop loop;
  redis::UvNetwork network;
  const redis::Address address = listener.address();
  loop.run([&]() -> async::Task<> {
    const auto transport = co_await network.connect(address);
    Recorder recorder;
    transport->start(recorder);
    const int peer = listener.accept();
    const std::string bytes(20'000'000, 'x');
    transport->write(bytes);
    CHECK(transport->unsent() > 0);
    std::size_t arrived = 0;
    std::string buffer(1 << 20, '\0');
    while (arrived < bytes.size()) {
      const ssize_t size = recv(peer, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (size > 0) arrived += static_cast<std::size_t>(size);
      co_await async::sleep(0ms);
    }
    co_await recorder.drained.wait();
    CHECK(transport->unsent() == 0);
    close(peer);
  }());
}

TEST_CASE("a transport that is closed with bytes unsent tells nobody any more") {
  Listener listener;
  async::Loop loop;
  redis::UvNetwork network;
  const redis::Address address = listener.address();
  Recorder recorder;
  loop.run([&]() -> async::Task<> {
    const auto transport = co_await network.connect(address);
    transport->start(recorder);
    transport->write(std::string(20'000'000, 'x'));
    transport->close();
    CHECK(transport->unsent() == 0);
    co_await async::sleep(1ms);
  }());
  CHECK(recorder.ends == 0);
}
