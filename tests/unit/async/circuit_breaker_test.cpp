#include "penstock/async/circuit_breaker.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <optional>
#include <string>

#include "penstock/async/task_group.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;
using State = CircuitBreaker::State;

constexpr CircuitBreaker::Settings kSettings{
    .failures = 3, .window = 30s, .reset = 60s, .probes = 2};
const TimePoint kStart{1h};

void fail_times(CircuitBreaker& breaker, int times, TimePoint at) {
  for (int i = 0; i < times; ++i) breaker.enter(at)->failure(at);
}

void trip(CircuitBreaker& breaker, TimePoint now) {
  breaker.enter(now)->trip(now);
}

TEST_CASE("a breaker opens after so many failures in a row") {
  CircuitBreaker breaker(kSettings);
  fail_times(breaker, 2, kStart);
  CHECK(breaker.state() == State::kClosed);
  fail_times(breaker, 1, kStart);
  CHECK(breaker.state() == State::kOpen);
}

TEST_CASE("an open breaker refuses, and says how long") {
  CircuitBreaker breaker(kSettings);
  fail_times(breaker, 3, kStart);
  const auto refused = breaker.enter(kStart + 20s);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().retry_after == 40s);
  CHECK(breaker.reopens_at() == kStart + 60s);
}

TEST_CASE("a success forgets the failures before it") {
  CircuitBreaker breaker(kSettings);
  for (int i = 0; i < 100; ++i) {
    fail_times(breaker, 2, kStart);
    breaker.enter(kStart)->success(kStart);
  }
  CHECK(breaker.state() == State::kClosed);
}

TEST_CASE("failures older than the window do not count") {
  CircuitBreaker breaker(kSettings);
  fail_times(breaker, 2, kStart);
  fail_times(breaker, 2, kStart + 31s);
  CHECK(breaker.state() == State::kClosed);
  fail_times(breaker, 1, kStart + 31s);
  CHECK(breaker.state() == State::kOpen);
}

TEST_CASE("half-open lets exactly so many probes through at a time") {
  CircuitBreaker breaker(kSettings);
  fail_times(breaker, 3, kStart);
  const TimePoint at = kStart + 60s;
  CHECK(breaker.admits(at) == 2);
  const auto first = breaker.enter(at);
  const auto second = breaker.enter(at);
  CHECK(first->probe());
  CHECK(breaker.state() == State::kHalfOpen);
  CHECK(breaker.admits(at) == 0);
  const auto third = breaker.enter(at);
  REQUIRE_FALSE(third.has_value());
  CHECK(third.error().retry_after == Duration::zero());
}

TEST_CASE("a probe that succeeds closes the breaker") {
  CircuitBreaker breaker(kSettings);
  fail_times(breaker, 3, kStart);
  breaker.enter(kStart + 60s)->success(kStart + 61s);
  CHECK(breaker.state() == State::kClosed);
  CHECK(breaker.admits(kStart + 61s) == std::numeric_limits<std::size_t>::max());
}

TEST_CASE("a probe that fails opens the breaker again, from then on") {
  CircuitBreaker breaker(kSettings);
  fail_times(breaker, 3, kStart);
  breaker.enter(kStart + 60s)->failure(kStart + 65s);
  CHECK(breaker.state() == State::kOpen);
  CHECK(breaker.reopens_at() == kStart + 125s);
  CHECK(breaker.admits(kStart + 124s) == 0);
}

TEST_CASE("a probe that says nothing is given back, and counts neither way") {
  CircuitBreaker breaker(kSettings);
  fail_times(breaker, 3, kStart);
  const TimePoint at = kStart + 60s;
  {
    const auto first = breaker.enter(at);
    const auto second = breaker.enter(at);
    CHECK(breaker.admits(at) == 0);
  }
  CHECK(breaker.state() == State::kHalfOpen);
  CHECK(breaker.admits(at) == 2);
}

TEST_CASE("a probe whose task is cancelled is given back") {
  run_virtual([]() -> Task<> {
    CircuitBreaker breaker(kSettings);
    fail_times(breaker, 3, kStart);
    const TimePoint at = kStart + 60s;
    TaskGroup group;
    group.spawn([&]() -> Task<> {
      auto permit = breaker.enter(at);
      co_await forever();
      permit->success(at);
    });
    co_await yield_now();
    CHECK(breaker.admits(at) == 1);
    group.cancel();
    co_await group.join();
    CHECK(breaker.admits(at) == 2);
    CHECK(breaker.state() == State::kHalfOpen);
  });
}

TEST_CASE("a permit gives one answer, wherever it was moved") {
  CircuitBreaker breaker({.failures = 2});
  auto first = breaker.enter(kStart);
  CircuitBreaker::Permit moved = std::move(*first);
  moved.failure(kStart);
  moved.failure(kStart);
  first->failure(kStart);
  CHECK(breaker.state() == State::kClosed);
}

TEST_CASE("a late success from before the breaker opened does not close it") {
  CircuitBreaker breaker(kSettings);
  auto late = breaker.enter(kStart);
  fail_times(breaker, 3, kStart);
  late->success(kStart + 1s);
  CHECK(breaker.state() == State::kOpen);
}

TEST_CASE("a late failure from before the breaker opened is no failed probe") {
  CircuitBreaker breaker(kSettings);
  auto late = breaker.enter(kStart);
  fail_times(breaker, 3, kStart);
  const auto probe = breaker.enter(kStart + 60s);
  late->failure(kStart + 60s);
  CHECK(breaker.state() == State::kHalfOpen);
  CHECK(breaker.admits(kStart + 60s) == 1);
}

TEST_CASE("a probe of an earlier half-open gives no place back to a later one") {
  CircuitBreaker breaker(kSettings);
  fail_times(breaker, 3, kStart);
  std::optional<CircuitBreaker::Permit> stale(std::move(*breaker.enter(kStart + 60s)));
  breaker.enter(kStart + 60s)->failure(kStart + 60s);
  const auto probe = breaker.enter(kStart + 120s);
  stale.reset();
  CHECK(breaker.admits(kStart + 120s) == 1);
}

TEST_CASE("a call that trips opens at once; those that were under way then change nothing") {
  CircuitBreaker breaker(kSettings);
  auto straggler = breaker.enter(kStart);
  trip(breaker, kStart);
  CHECK(breaker.state() == State::kOpen);
  straggler->trip(kStart + 10s);
  CHECK(breaker.reopens_at() == kStart + 60s);
}

TEST_CASE("a probe that trips opens again") {
  CircuitBreaker breaker(kSettings);
  trip(breaker, kStart);
  trip(breaker, kStart + 60s);
  CHECK(breaker.reopens_at() == kStart + 120s);
}

TEST_CASE("a breaker without a limit of failures never opens, not even when tripped") {
  CircuitBreaker breaker({.failures = 0});
  fail_times(breaker, 1000, kStart);
  trip(breaker, kStart);
  CHECK(breaker.state() == State::kClosed);
}

TEST_CASE("an open breaker whose limit of failures is taken away closes") {
  CircuitBreaker breaker(kSettings);
  trip(breaker, kStart);
  const auto probe = breaker.enter(kStart + 60s);
  breaker.configure({.failures = 0});
  CHECK(breaker.state() == State::kClosed);
  CHECK(breaker.enter(kStart + 60s).has_value());
}

TEST_CASE("a breaker configured without probes lets one through all the same") {
  CircuitBreaker breaker({.failures = 1, .reset = 60s, .probes = 0});
  trip(breaker, kStart);
  CHECK(breaker.admits(kStart + 60s) == 1);
  breaker.enter(kStart + 60s)->success(kStart + 60s);
  CHECK(breaker.state() == State::kClosed);
}

TEST_CASE("a breaker that resets in the far future does not overflow the clock") {
  CircuitBreaker breaker({.failures = 1, .reset = Duration::max()});
  trip(breaker, kStart);
  CHECK(breaker.reopens_at() == TimePoint::max());
  CHECK(breaker.admits(kStart + 24h) == 0);
}

TEST_CASE("each change of state is observed once, in words") {
  std::string seen;
  CircuitBreaker breaker(kSettings, [&](State from, State to) {
    seen += std::string(to_string(from)) + ">" + to_string(to) + " ";
  });
  fail_times(breaker, 3, kStart);
  breaker.enter(kStart + 60s)->failure(kStart + 60s);
  breaker.enter(kStart + 120s)->success(kStart + 120s);
  CHECK(seen == "closed>open open>half-open half-open>open open>half-open half-open>closed ");
}

TEST_CASE("new settings take hold at the next call and keep the state") {
  CircuitBreaker breaker(kSettings);
  fail_times(breaker, 2, kStart);
  breaker.configure({.failures = 3, .reset = 5s});
  fail_times(breaker, 1, kStart);
  CHECK(breaker.state() == State::kOpen);
  CHECK(breaker.reopens_at() == kStart + 5s);
}

}  // namespace
}  // namespace penstock::test
