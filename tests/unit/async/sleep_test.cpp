#include "penstock/async/sleep.hpp"

#include "penstock/async/task_group.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

Task<> sleep_named(Duration duration, Journal& journal, std::string name) {
  co_await sleep(duration);
  journal(name);
}

TEST_CASE("a sleep lasts exactly so long on the virtual clock") {
  run_virtual([]() -> Task<> {
    const TimePoint start = Loop::current().now();
    co_await sleep(90min);
    CHECK(Loop::current().now() - start == 90min);
  });
}

TEST_CASE("sleepers wake in the order of their times, and equal times in the order of the awaits") {
  run_virtual([]() -> Task<> {
    Journal journal;
    TaskGroup group;
    group.spawn(sleep_named(2s, journal, "late"));
    group.spawn(sleep_named(1s, journal, "first"));
    group.spawn(sleep_named(1s, journal, "second"));
    co_await group.join();
    CHECK(journal.text() == "first second late");
  });
}

TEST_CASE("a sleep that is already over lets the other tasks run first") {
  run_virtual([]() -> Task<> {
    Journal journal;
    TaskGroup group;
    group.spawn([&]() -> Task<> {
      journal("other");
      co_return;
    });
    const TimePoint start = Loop::current().now();
    co_await sleep_until(start - 1h);
    journal("sleeper");
    CHECK(Loop::current().now() == start);
    co_await group.join();
    CHECK(journal.text() == "other sleeper");
  });
}

TEST_CASE("yielding lets everything that is ready run first") {
  run_virtual([]() -> Task<> {
    Journal journal;
    TaskGroup group;
    for (const char* name : {"a", "b"}) group.spawn(sleep_named(-1s, journal, name));
    group.spawn([&]() -> Task<> {
      journal("c");
      co_return;
    });
    co_await yield_now();
    journal("main");
    co_await group.join();
    CHECK(journal.text() == "c main a b");
  });
}

TEST_CASE("a cancelled sleep ends at once") {
  run_virtual([]() -> Task<> {
    const TimePoint start = Loop::current().now();
    TaskGroup group;
    Ended ended = Ended::kNot;
    auto rest = []() -> Task<> { co_await sleep(1h); };
    group.spawn(observe(rest(), ended));
    co_await yield_now();
    group.cancel();
    co_await group.join();
    CHECK(ended == Ended::kCancelled);
    CHECK(Loop::current().now() == start);
  });
}

TEST_CASE("a sleep for ever ends by cancellation alone") {
  run_virtual([]() -> Task<> {
    Ended ended = Ended::kNot;
    TaskGroup group;
    group.spawn(observe(forever(), ended));
    co_await sleep(24h * 365 * 100);
    CHECK(ended == Ended::kNot);
    group.cancel();
    co_await group.join();
    CHECK(ended == Ended::kCancelled);
  });
}

TEST_CASE("a sleep that is over in the tick of its cancellation has ended well") {
  run_virtual([]() -> Task<> {
    CancelScope scope;
    auto rest = []() -> Task<> { co_await sleep(1s); };
    Ended ended = Ended::kNot;
    TaskGroup group;
    group.spawn(observe(rest(), ended));
    co_await yield_now();
    scope.cancel_at(Loop::current().now() + 1s);
    co_await group.join();
    CHECK(scope.expired());
    CHECK(ended == Ended::kValue);
  });
}

TEST_CASE("a real sleep is not short, however its time falls between the clock's milliseconds") {
  run_real([]() -> Task<> {
    for (int i = 0; i < 10; ++i) {
      const Duration duration = 300us + i * 170us;
      const TimePoint start = Loop::current().now();
      co_await sleep(duration);
      CHECK(Clock::now() - start >= duration);
    }
  });
}

TEST_CASE("a delay for ever does not overflow the clock") {
  const TimePoint now = Clock::now();
  CHECK(later(now, Duration::max()) == TimePoint::max());
  CHECK(later(now, TimePoint::max() - now) == TimePoint::max());
  CHECK(later(now, 1s) == now + 1s);
  CHECK(later(now, -1s) == now - 1s);
  CHECK(later(now, 1ms) == now + 1ms);
  CHECK(later(now, std::chrono::milliseconds(std::int64_t{10'000'000'000'000})) ==
        TimePoint::max());
  CHECK(later(now, std::chrono::seconds::max()) == TimePoint::max());
}

}  // namespace
}  // namespace penstock::test
