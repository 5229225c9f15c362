#include "penstock/redis/endpoint.hpp"

#include <catch2/catch.hpp>

#include "with_client.hpp"

using namespace penstock;
using namespace penstock::test;
using namespace std::chrono_literals;

namespace {

const std::string kRefused = "cannot connect: connection refused";

std::vector<async::Duration> gaps(const std::vector<async::TimePoint>& times) {
  std::vector<async::Duration> gaps;
  for (std::size_t i = 1; i < times.size(); ++i) gaps.push_back(times[i] - times[i - 1]);
  return gaps;
}

/// The pauses between attempts of one client while every attempt fails, for `time`.
std::vector<async::Duration> pauses(World& world, async::Duration time) {
  world.run([&]() -> async::Task<> { co_await async::sleep(time); });
  return gaps(world.server.attempts());
}

}  // namespace

TEST_CASE("pauses grow with full jitter") {
  World world;
  world.server.refuse = kRefused;
  world.options.seed = GENERATE(range(std::uint64_t{1}, std::uint64_t{50}));
  world.options.breaker.failures = 0;
  const auto paused = pauses(world, 60s);
  REQUIRE(paused.size() > 10);
  for (std::size_t i = 0; i < paused.size(); ++i) {
    CHECK(paused[i] <= world.options.retry.ceiling(static_cast<unsigned>(i + 1)));
  }
}

TEST_CASE("two daemons do not pause in step") {
  World one;
  World other;
  one.server.refuse = other.server.refuse = kRefused;
  other.options.seed = 2;
  CHECK(pauses(one, 10s) != pauses(other, 10s));
}

TEST_CASE("however a server is away, an attempt a second is the most on average") {
  World world;
  world.client_options.resize(5);
  const int how = GENERATE(range(0, 5));
  if (how == 0) world.server.refuse = kRefused;
  if (how == 1) world.server.unreachable = true;
  if (how == 2) world.server.cut_after_sent = 0;                          // accepts, closes
  if (how == 3) world.server.answer = [](const Command&) { return ""; };  // accepts, is silent
  if (how == 4) world.server.answer_with("PING", "-READONLY no\r\n");
  world.run([&]() -> async::Task<> {
    co_await async::sleep(10min);
    CHECK(world.connected() == 0);
  });
  CHECK(world.server.attempts().size() < 600);
  CHECK(world.server.attempts().size() > 40);
}

TEST_CASE("a server that is back is found again within the longest pause") {
  World world;
  world.options.seed = GENERATE(range(std::uint64_t{1}, std::uint64_t{40}));
  world.client_options.resize(3);
  std::mt19937_64 random(world.options.seed);
  world.run([&]() -> async::Task<> {
    co_await world.client().wait_connected();
    for (int outage = 0; outage < 20; ++outage) {
      world.server.refuse = kRefused;
      for (std::size_t i = 0; i < world.server.connections(); ++i) world.server.wire(i).cut();
      co_await async::sleep(std::uniform_int_distribution(0, 60000)(random) * 1ms);
      world.server.refuse.reset();
      co_await async::sleep(5s);
      CHECK(world.connected() == 3);
    }
  });
}

TEST_CASE("one client probes while the server is away; when it is back all connect at once") {
  World world;
  world.client_options.resize(20);
  world.server.refuse = kRefused;
  world.run([&]() -> async::Task<> {
    co_await async::sleep(1min);
    for (const async::Duration gap : gaps(world.server.attempts())) CHECK(gap > 0s);
    world.server.refuse.reset();
    while (world.connected() == 0) co_await async::sleep(1ms);
    co_await async::sleep(1ms);
    CHECK(world.connected() == 20);
  });
}

TEST_CASE("when the prober is cancelled another takes its place") {
  World world;
  world.server.refuse = kRefused;
  world.client_options.resize(2);
  on_virtual_time([&]() -> async::Task<> {
    world.endpoint = std::make_unique<redis::Endpoint>(world.options, world.server.network());
    redis::Client first(*world.endpoint);
    redis::Client second(*world.endpoint);
    co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
      auto prober = group.spawn(first.run());
      group.spawn(second.run());
      co_await async::sleep(10s);
      world.server.refuse.reset();
      prober.cancel();
      co_await async::sleep(5s);
      CHECK(second.connected());
      group.cancel();
    });
  });
}

TEST_CASE("the breaker opens after failures in a row, and closes when the server is back") {
  World world;
  world.server.refuse = kRefused;
  world.run([&]() -> async::Task<> {
    co_await async::sleep(1min);
    CHECK(world.endpoint->status().breaker != async::CircuitBreaker::State::kClosed);
    CHECK(world.endpoint->status().failures > 5);
    world.server.refuse.reset();
    co_await async::sleep(5s);
    CHECK(world.endpoint->status().breaker == async::CircuitBreaker::State::kClosed);
  });
}

TEST_CASE(
    "an open breaker spaces probes within half and all of its reset, and no more than retry.max") {
  World world;
  world.server.refuse = kRefused;
  world.options.breaker = {.failures = 1, .reset = GENERATE(4s, 60s)};
  for (const async::Duration pause : pauses(world, 5min)) {
    CHECK(pause >= 2s);
    CHECK(pause <= 4500ms);
  }
}

TEST_CASE("a password that is refused is tried again after 5 s, then ever more slowly up to 60 s") {
  World world;
  world.server.answer_with("HELLO", GENERATE("-WRONGPASS invalid\r\n", "-NOAUTH HELLO\r\n",
                                             "-NOPERM no permissions\r\n"));
  const auto paused = pauses(world, 20min);
  REQUIRE(paused.size() > 10);
  for (std::size_t i = 0; i < paused.size(); ++i) {
    const async::Duration least =
        std::min<async::Duration>(5s * (1 << std::min(i, std::size_t{4})), 60s);
    CHECK(paused[i] >= least);
    CHECK(paused[i] <= least + least / 5 + 5s);
  }
}

TEST_CASE("a connection that is lost again and again is paused for like one that fails") {
  World world;
  world.run([&]() -> async::Task<> {
    const async::TimePoint end = now() + 10min;
    while (now() < end) {
      co_await world.client().wait_connected();
      world.server.wire().cut();
      co_await async::sleep(1ms);
    }
  });
  CHECK(world.server.attempts().size() < 600);
}

TEST_CASE("three losses in two seconds do not keep a client away") {
  World world;
  world.run([&]() -> async::Task<> {
    for (int i = 0; i < 3; ++i) {
      co_await world.client().wait_connected();
      co_await async::sleep(200ms);
      world.server.wire().cut();
      co_await async::sleep(1ms);
    }
    co_await async::sleep(2s);
    CHECK(co_await outcome(world.client().call({"PING"})) == "PONG");
  });
}

TEST_CASE("a loss after a good time begins with a short pause again") {
  World world;
  world.run([&]() -> async::Task<> {
    world.server.refuse = kRefused;
    co_await async::sleep(1min);
    world.server.refuse.reset();
    co_await world.client().wait_connected();
    co_await async::sleep(1s);
    world.server.wire().cut();
    co_await async::sleep(101ms);
    CHECK(world.client().connected());
  });
}

TEST_CASE("the loss of one connection leaves the others alone") {
  World world;
  world.client_options.resize(3);
  world.run([&]() -> async::Task<> {
    co_await async::sleep(1ms);
    world.server.wire(1).cut();
    co_await async::sleep(1s);
    CHECK(world.connected() == 3);
    CHECK(world.server.connections() == 4);
    CHECK(world.endpoint->status().connections == 3);
  });
}

TEST_CASE("the status says why a server is away, and since when") {
  World world;
  world.run([&]() -> async::Task<> {
    co_await world.client().wait_connected();
    CHECK(world.endpoint->status().connections == 1);
    CHECK_FALSE(world.endpoint->status().failure.has_value());
    co_await async::sleep(1h);
    world.server.refuse = kRefused;
    world.server.wire().cut("reset");
    co_await async::sleep(1ms);
    CHECK(world.endpoint->status().connections == 0);
    CHECK(world.endpoint->status().failure == redis::Failure::kLost);
    CHECK(world.endpoint->status().error == "reset");
    CHECK(now() - world.endpoint->status().since < 10ms);
  });
}

TEST_CASE("a prober waits for an attempt that the half-open breaker let through before") {
  World world;
  world.options.breaker.failures = 1;
  on_virtual_time([&]() -> async::Task<> {
    redis::Endpoint endpoint(world.options, world.server.network());
    const redis::Error lost(redis::Failure::kLost, "lost");
    (co_await endpoint.attempt()).succeeded("7");
    auto first = co_await endpoint.attempt();
    auto second = co_await endpoint.attempt();
    first.failed(lost);     // opens the breaker
    second.succeeded("7");  // which a success from before does not close
    co_await async::sleep(10s);
    std::optional probe(co_await endpoint.attempt());
    endpoint.disconnected(lost);
    co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
      group.spawn([](auto& held) -> async::Task<> {
        co_await async::sleep(20s);
        held.reset();
      }(probe));
      const async::TimePoint start = now();
      const auto next = co_await endpoint.attempt();
      CHECK(now() - start >= 20s);
      CHECK(now() - start < 21s);
    });
  });
}
