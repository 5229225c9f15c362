#include "penstock/async/rate_limiter.hpp"

#include <memory>
#include <random>

#include "penstock/async/task_group.hpp"
#include "penstock/async/timeout.hpp"
#include "support/async_death.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

/// Takes `count` tokens, and notes the name and the milliseconds since `start`.
Task<> take(RateLimiter& limiter, Journal& journal, std::string name, TimePoint start,
            std::uint32_t count = 1) {
  co_await limiter.acquire(count);
  const Duration elapsed = Loop::current().now() - start;
  journal(name + '@' + std::to_string(elapsed / 1ms));
}

TEST_CASE("a burst passes at once, and the rest at the rate") {
  run_virtual([]() -> Task<> {
    RateLimiter limiter({.tokens = 10, .per = 1s}, 3);
    Journal journal;
    const TimePoint start = Loop::current().now();
    for (int i = 0; i < 6; ++i) co_await take(limiter, journal, "x", start);
    CHECK(journal.text() == "x@0 x@0 x@0 x@100 x@200 x@300");
  });
}

TEST_CASE("tokens are served first come, first served") {
  run_virtual([]() -> Task<> {
    RateLimiter limiter({.tokens = 1, .per = 1s}, 1);
    Journal journal;
    const TimePoint start = Loop::current().now();
    co_await task_group([&](TaskGroup& group) -> Task<> {
      for (const char* name : {"a", "b", "c"}) group.spawn(take(limiter, journal, name, start));
      co_return;
    });
    CHECK(journal.text() == "a@0 b@1000 c@2000");
  });
}

TEST_CASE("a bucket that is left alone fills up to the burst, and no further") {
  run_virtual([]() -> Task<> {
    RateLimiter limiter({.tokens = 2, .per = 1s}, 4);
    CHECK(limiter.available() == 4);
    CHECK(limiter.try_acquire(4));
    CHECK(limiter.available() == 0);
    co_await sleep(999ms);
    CHECK(limiter.available() == 1);
    co_await sleep(1ms);
    CHECK(limiter.available() == 2);
    co_await sleep(24h * 365 * 100);
    CHECK(limiter.available() == 4);
  });
}

TEST_CASE("a rate that divides no nanosecond evenly is kept exactly") {
  run_virtual([]() -> Task<> {
    RateLimiter limiter({.tokens = 3, .per = 1s}, 2);
    const TimePoint start = Loop::current().now();
    co_await limiter.acquire(2);
    for (int i = 0; i < 3000; ++i) co_await limiter.acquire();
    CHECK(Loop::current().now() - start == 1000s);
  });
}

TEST_CASE("a rate of billions does not overflow") {
  run_virtual([]() -> Task<> {
    RateLimiter limiter({.tokens = 4'000'000'000, .per = 1s}, 4'000'000'000);
    CHECK(limiter.try_acquire(4'000'000'000));
    co_await sleep(24h * 365);
    CHECK(limiter.available() == 4'000'000'000);
    CHECK(limiter.try_acquire(4'000'000'000));
    const TimePoint start = Loop::current().now();
    co_await limiter.acquire(4'000'000'000);
    CHECK(Loop::current().now() - start == 1s);
  });
}

TEST_CASE("trying takes tokens that are there, and nothing from those in line") {
  run_virtual([]() -> Task<> {
    RateLimiter limiter({.tokens = 1, .per = 1s}, 2);
    Journal journal;
    const TimePoint start = Loop::current().now();
    CHECK(limiter.try_acquire());
    TaskGroup group;
    group.spawn(take(limiter, journal, "large", start, 2));
    co_await yield_now();
    CHECK(limiter.available() == 1);
    CHECK_FALSE(limiter.try_acquire());
    co_await group.join();
    CHECK(journal.text() == "large@1000");
    CHECK_FALSE(limiter.try_acquire());
  });
}

TEST_CASE("a large request for tokens holds back the small ones behind it") {
  run_virtual([]() -> Task<> {
    RateLimiter limiter({.tokens = 1, .per = 1s}, 3);
    Journal journal;
    const TimePoint start = Loop::current().now();
    CHECK(limiter.try_acquire(2));
    TaskGroup group;
    group.spawn(take(limiter, journal, "large", start, 3));
    group.spawn(take(limiter, journal, "small", start));
    co_await group.join();
    CHECK(journal.text() == "large@2000 small@3000");
  });
}

TEST_CASE("when a waiter for tokens is cancelled, those behind it move up") {
  run_virtual([]() -> Task<> {
    RateLimiter limiter({.tokens = 1, .per = 1s}, 1);
    Journal journal;
    const TimePoint start = Loop::current().now();
    CHECK(limiter.try_acquire());
    TaskGroup group;
    group.spawn(take(limiter, journal, "a", start));
    JoinHandle<void> second = group.spawn(take(limiter, journal, "b", start));
    group.spawn(take(limiter, journal, "c", start));
    co_await sleep(500ms);
    second.cancel();
    co_await group.join();
    CHECK(journal.text() == "a@1000 c@2000");
  });
}

TEST_CASE("when a large request at the front is cancelled, a small one goes ahead at once") {
  run_virtual([]() -> Task<> {
    RateLimiter limiter({.tokens = 1, .per = 1s}, 3);
    Journal journal;
    const TimePoint start = Loop::current().now();
    CHECK(limiter.try_acquire(2));
    TaskGroup group;
    JoinHandle<void> large = group.spawn(take(limiter, journal, "large", start, 3));
    group.spawn(take(limiter, journal, "a", start));
    group.spawn(take(limiter, journal, "b", start));
    co_await sleep(500ms);
    large.cancel();
    co_await group.join();
    CHECK(journal.text() == "a@500 b@1000");
  });
}

TEST_CASE("cancelling the only waiter leaves its tokens in the bucket, and no timer behind") {
  run_virtual([]() -> Task<> {
    RateLimiter limiter({.tokens = 1, .per = 1s}, 1);
    CHECK(limiter.try_acquire());
    const TimePoint start = Loop::current().now();
    const Ended ended = co_await swallow(with_timeout(500ms, limiter.acquire()));
    CHECK(ended == Ended::kError);
    co_await limiter.acquire();
    CHECK(Loop::current().now() - start == 1s);
  });
}

TEST_CASE("a waiter that is granted its token and then cancelled in one tick has it") {
  run_virtual([]() -> Task<> {
    RateLimiter limiter({.tokens = 1, .per = 1s}, 1);
    CHECK(limiter.try_acquire());
    Ended ended = Ended::kNot;
    const auto take_one = [&]() -> Task<> { co_await limiter.acquire(); };
    CancelScope scope;
    TaskGroup group;
    group.spawn(observe(take_one(), ended));
    co_await yield_now();
    scope.cancel_at(Loop::current().now() + 1s);  // after the limiter's timer, at the same time
    co_await group.join();
    CHECK(ended == Ended::kValue);
    CHECK(limiter.available() == 0);
  });
}

TEST_CASE("a waiter that is cancelled in the tick of its token, but before, leaves it") {
  run_virtual([]() -> Task<> {
    RateLimiter limiter({.tokens = 1, .per = 1s}, 1);
    CHECK(limiter.try_acquire());
    const Ended ended = co_await swallow(with_timeout(1s, limiter.acquire()));
    CHECK(ended == Ended::kError);
    CHECK(limiter.available() == 1);
  });
}

TEST_CASE("asking for a token in a cancelled scope takes none") {
  run_virtual([]() -> Task<> {
    RateLimiter limiter({.tokens = 1, .per = 1s}, 1);
    const auto take_one = [&]() -> Task<> { co_await limiter.acquire(); };
    CancelScope scope;
    scope.cancel();
    const Ended ended = co_await swallow(take_one());
    CHECK(ended == Ended::kCancelled);
    CHECK(limiter.available() == 1);
  });
}

/// Takes tokens at random, sometimes giving up, and counts what it got.
Task<> hammer(RateLimiter& limiter, std::uint64_t& taken, std::mt19937_64& random) {
  for (int round = 0; round < 20; ++round) {
    const auto count = static_cast<std::uint32_t>(1 + random() % 3);
    try {
      co_await with_timeout(std::chrono::milliseconds(random() % 50), limiter.acquire(count));
      taken += count;
    } catch (const Timeout&) {
    }
  }
}

TEST_CASE("no token is lost or minted in a crowd with timeouts") {
  run_shuffled([](std::uint64_t seed) -> Task<> {
    RateLimiter limiter({.tokens = 7, .per = 100ms}, 5);
    std::uint64_t taken = 0;
    std::mt19937_64 random(seed);
    const TimePoint start = Loop::current().now();
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn([&]() -> Task<> {  // never lets the bucket run over
        while (group.size() > 1) {
          co_await limiter.acquire();
          ++taken;
        }
      });
      for (int i = 0; i < 5; ++i) group.spawn(hammer(limiter, taken, random));
      co_return;
    });
    const Duration elapsed = Loop::current().now() - start;
    const auto minted = static_cast<std::uint64_t>(7 * elapsed.count() / Duration(100ms).count());
    CHECK(taken > 30);
    CHECK(taken + limiter.available() == 5 + minted);
  });
}

#ifndef NDEBUG
TEST_CASE("asking for more tokens than there will ever be dies loudly") {
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      RateLimiter limiter({.tokens = 10, .per = 1s}, 3);
      co_await with_timeout(1s, limiter.acquire(4));
    });
  }));
}

TEST_CASE("a limiter without a rate or without a burst dies loudly") {
  CHECK(dies_loudly([] { const RateLimiter limiter({.tokens = 0, .per = 1s}, 1); }));
  CHECK(dies_loudly([] { const RateLimiter limiter({.tokens = 1, .per = 0s}, 1); }));
  CHECK(dies_loudly([] { const RateLimiter limiter({.tokens = 1, .per = 1s}, 0); }));
  CHECK(dies_loudly([] { const RateLimiter limiter({.tokens = 1, .per = Duration::max()}, 2); }));
}

TEST_CASE("a limiter that is destroyed while a task waits for it dies loudly") {
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      auto limiter = std::make_unique<RateLimiter>(Rate{.tokens = 1, .per = 1s}, 1);
      CHECK(limiter->try_acquire());
      TaskGroup group;
      group.spawn([&]() -> Task<> { co_await limiter->acquire(); });
      co_await yield_now();
      limiter.reset();
      co_await group.join();
    });
  }));
}
#endif

}  // namespace
}  // namespace penstock::test
