#include "penstock/async/listener.hpp"

#include <sys/resource.h>

#include <filesystem>
#include <system_error>

#include "penstock/async/serve.hpp"
#include "penstock/async/timeout.hpp"
#include "support/async_run.hpp"
#include "support/async_streams.hpp"
#include "support/async_zoo.hpp"
#include "support/temp_dir.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;
using Catch::Matchers::StartsWith;

/// While it lives the process can open no further descriptor.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &usual_);
    const Fd next(dup(0));
    const rlimit tight{.rlim_cur = static_cast<rlim_t>(next.get()), .rlim_max = usual_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &tight);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &usual_); }

 private:
  rlimit usual_{};
};

Task<Listener> any_port() {
  return listen_tcp("127.0.0.1", 0);
}

Task<Stream> connect_to(const Listener& listener) {
  return connect_tcp("127.0.0.1", listener.port());
}

/// The same without giving the loop a turn.
Fd connected_to(const Listener& listener) {
  Fd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const IpAddress address = *IpAddress::parse("127.0.0.1", listener.port());
  REQUIRE(connect(client.get(), address.get(), address.size()) == 0);
  return client;
}

/// Accepts one connection and reads one byte from it, which says whose it is.
Task<std::string> accept_one(Listener& listener) {
  Stream stream = co_await listener.accept();
  co_return co_await stream.read_exactly(1);
}

Task<> echo(Stream stream) {
  while (const auto line = co_await stream.read_line()) {
    if (*line == "fail") throw std::runtime_error("asked to fail");
    co_await stream.write(*line + "\n");
  }
}

Task<std::string> ask(Stream& stream, std::string_view question) {
  co_await stream.write(question);
  co_return (co_await stream.read_line()).value_or("end");
}

TEST_CASE("a listener gives each connection once, and knows its port and its peer") {
  run_real([]() -> Task<> {
    Listener listener = co_await any_port();
    CHECK(listener.name() == "127.0.0.1:" + std::to_string(listener.port()));
    Stream client = co_await connect_to(listener);
    Stream server = co_await listener.accept();
    CHECK_THAT(server.peer(), StartsWith("127.0.0.1:"));
    co_await server.write("hello\n");
    CHECK(co_await client.read_line() == std::optional<std::string>("hello"));
  });
}

TEST_CASE("who waits for connections is served first come, first served") {
  run_real([]() -> Task<> {
    Listener listener = co_await any_port();
    TaskGroup group;
    auto first = group.spawn(accept_one(listener));
    auto second = group.spawn(accept_one(listener));
    co_await yield_now();
    Stream one = co_await connect_to(listener);
    co_await one.write("1");
    Stream two = co_await connect_to(listener);
    co_await two.write("2");
    CHECK(co_await first.join() == "1");
    CHECK(co_await second.join() == "2");
    co_await group.join();
  });
}

TEST_CASE("a cancelled accept leaves the connection to the next") {
  run_real([]() -> Task<> {
    Listener listener = co_await any_port();
    Ended ended = Ended::kNot;
    TaskGroup group;
    auto waiting = group.spawn(observe(accept_one(listener), ended));
    co_await yield_now();
    waiting.cancel();
    co_await group.join();
    CHECK(ended == Ended::kCancelled);
    Stream client = co_await connect_to(listener);
    co_await client.write("x");
    CHECK(co_await accept_one(listener) == "x");
  });
}

TEST_CASE("a connection that was taken before the accept was cancelled is delivered") {
  run_real([]() -> Task<> {
    Listener listener = co_await any_port();
    bool delivered = false;
    TaskGroup group;
    auto waiting = group.spawn([&]() -> Task<> {
      const Stream stream = co_await listener.accept();
      delivered = true;
    });
    co_await yield_now();
    const Fd client = connected_to(listener);
    co_await io_polled();
    waiting.cancel();
    co_await group.join();
    CHECK(delivered);
  });
}

TEST_CASE("a closed listener wakes who waits, and refuses") {
  run_real([]() -> Task<> {
    Listener listener = co_await any_port();
    Ended ended = Ended::kNot;
    TaskGroup group;
    group.spawn(observe(accept_one(listener), ended));
    co_await yield_now();
    listener.close();
    co_await group.join();
    CHECK(ended == Ended::kError);
    CHECK(co_await swallow(connect_to(listener)) == Ended::kError);
    CHECK(co_await swallow(accept_one(listener)) == Ended::kError);
  });
}

TEST_CASE("a port that is taken is an error that names it, unless both share it") {
  run_real([]() -> Task<> {
    const Listener first = co_await any_port();
    std::string what;
    try {
      co_await listen_tcp("127.0.0.1", first.port());
    } catch (const std::system_error& error) {
      what = error.what();
      CHECK(error.code() == std::errc::address_in_use);
    }
    CHECK(what == "cannot listen on " + first.name() + ": address already in use");
    const Listener shared = co_await listen_tcp("127.0.0.1", 0, {.reuse_port = true});
    const Listener beside = co_await listen_tcp("127.0.0.1", shared.port(), {.reuse_port = true});
    CHECK(beside.port() == shared.port());
  });
}

TEST_CASE(
    "a socket file that was left behind is replaced, one in use is not, and ours is removed") {
  run_real([]() -> Task<> {
    const TempDir dir;
    const std::string path = dir / "s.sock";
    {
      const Listener first = listen_unix(path);
      CHECK_THROWS_AS(listen_unix(path), std::system_error);
      std::filesystem::create_hard_link(path, dir / "left.sock");
    }
    CHECK_FALSE(std::filesystem::exists(path));
    Listener again = listen_unix(dir / "left.sock");
    Stream client = co_await connect_unix(dir / "left.sock");
    co_await client.write("x");
    CHECK(co_await accept_one(again) == "x");
    CHECK_THROWS_AS(listen_unix(std::string(200, 'x')), std::system_error);
  });
}

TEST_CASE("out of descriptors accepting fails, and the connection is still to be had") {
  run_real([]() -> Task<> {
    Listener listener = co_await any_port();
    Stream client = co_await connect_to(listener);
    co_await client.write("x");
    {
      const NoDescriptors none;
      try {
        co_await listener.accept();
        FAIL("there was a descriptor");
      } catch (const std::system_error& error) {
        CHECK(error.code() == std::errc::too_many_files_open);
      }
    }
    CHECK(co_await accept_one(listener) == "x");
  });
}

TEST_CASE("a server serves its connections side by side, and ends with all of them") {
  run_real([]() -> Task<> {
    Listener listener = co_await any_port();
    TaskGroup group;
    auto server = group.spawn(serve(listener, echo));
    Stream one = co_await connect_to(listener);
    Stream two = co_await connect_to(listener);
    CHECK(co_await ask(two, "b\n") == "b");
    CHECK(co_await ask(one, "a\n") == "a");
    server.cancel();
    co_await group.join();
    CHECK(co_await read_all(one) == "");
    CHECK(co_await read_all(two) == "");
  });
}

TEST_CASE("a server takes no more connections than it may, until one ends") {
  run_real([]() -> Task<> {
    Listener listener = co_await any_port();
    std::size_t open = 0;
    std::size_t most = 0;
    const auto counted = [&](Stream stream) -> Task<> {
      most = std::max(most, ++open);
      co_await echo(std::move(stream));
      --open;
    };
    TaskGroup group;
    auto server = group.spawn(serve(listener, counted, {.max_connections = 2}));
    for (int i = 0; i < 3; ++i) {
      std::vector<Stream> clients;
      for (int client = 0; client < 3; ++client) clients.push_back(co_await connect_to(listener));
      for (int client = 0; client < 3; ++client) {
        CHECK(co_await ask(clients.front(), "x\n") == "x");
        clients.erase(clients.begin());
      }
    }
    CHECK(most == 2);
    server.cancel();
    co_await group.join();
  });
}

TEST_CASE("a handler's error ends its connection alone when somebody takes it") {
  run_real([]() -> Task<> {
    Listener listener = co_await any_port();
    int errors = 0;
    ServeOptions options;
    options.on_error = [&](const std::exception_ptr&) { ++errors; };
    TaskGroup group;
    auto server = group.spawn(serve(listener, echo, options));
    Stream failing = co_await connect_to(listener);
    CHECK(co_await ask(failing, "fail\n") == "end");
    Stream other = co_await connect_to(listener);
    CHECK(co_await ask(other, "x\n") == "x");
    CHECK(errors == 1);
    server.cancel();
    co_await group.join();
  });
}

TEST_CASE("a handler's error that nobody takes ends the server") {
  run_real([]() -> Task<> {
    Listener listener = co_await any_port();
    TaskGroup group;
    Ended ended = Ended::kNot;
    group.spawn(observe(serve(listener, echo), ended));
    Stream failing = co_await connect_to(listener);
    CHECK(co_await ask(failing, "fail\n") == "end");
    co_await group.join();
    CHECK(ended == Ended::kError);
  });
}

TEST_CASE("a server that is out of descriptors waits for one, and does not spin") {
  run_virtual([]() -> Task<> {
    Listener listener = co_await any_port();
    Stream client = co_await connect_to(listener);
    TaskGroup group;
    {
      const NoDescriptors none;
      group.spawn(serve(listener, echo), "server");
      const std::uint64_t before = Loop::current().turns();
      co_await sleep(100s);
      CHECK(Loop::current().turns() - before < 1000);
    }
    CHECK(co_await ask(client, "x\n") == "x");
    group.cancel();
    co_await group.join();
  });
}

TEST_CASE("a server that is out of descriptors goes on when one of its connections ends") {
  run_virtual([]() -> Task<> {
    Listener listener = co_await any_port();
    Stream one = co_await connect_to(listener);
    TaskGroup group;
    group.spawn(serve(listener, echo), "server");
    CHECK(co_await ask(one, "x\n") == "x");
    Stream two(adopt_tcp(connected_to(listener)), "server");
    const TimePoint start = Loop::current().now();
    {
      const NoDescriptors none;
      one.close();
      const Fd in_its_place(dup(0));
      CHECK(co_await ask(two, "y\n") == "y");
    }
    CHECK(Loop::current().now() - start < 1s);
    group.cancel();
    co_await group.join();
  });
}

}  // namespace
}  // namespace penstock::test
