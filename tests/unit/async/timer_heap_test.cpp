#include "penstock/async/timer_heap.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <functional>
#include <random>
#include <vector>

#include "support/async_death.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

struct Alarm final : Timer {
  std::function<void()> ring;
  void on_timer() noexcept override { ring(); }
};

const TimePoint kStart{1h};

TEST_CASE("timers fire when they are due, the earliest first, and not before") {
  TimerHeap heap;
  std::vector<int> rung;
  std::deque<Alarm> alarms(3);
  for (int i = 0; i < 3; ++i) {
    alarms[static_cast<std::size_t>(i)].ring = [&, i] { rung.push_back(i); };
    heap.schedule(alarms[static_cast<std::size_t>(i)], kStart + (3 - i) * 1s);
  }
  CHECK(heap.earliest() == kStart + 1s);
  heap.fire(kStart + 2s);
  CHECK(rung == std::vector<int>{2, 1});
  CHECK(alarms[0].scheduled());
  CHECK_FALSE(alarms[1].scheduled());
  heap.fire(kStart + 3s);
  CHECK(heap.empty());
}

TEST_CASE("timers of one moment fire in the order they were scheduled") {
  TimerHeap heap;
  std::vector<int> rung;
  std::deque<Alarm> alarms(20);
  for (int i = 0; Alarm & alarm : alarms) {
    alarm.ring = [&rung, i] { rung.push_back(i); };
    heap.schedule(alarm, kStart);
    ++i;
  }
  heap.fire(kStart);
  CHECK(rung.size() == 20);
  CHECK(std::ranges::is_sorted(rung));
}

TEST_CASE("a timer scheduled while others fire waits for the next time, though it is due") {
  TimerHeap heap;
  int rung = 0;
  Alarm again;
  again.ring = [&] {
    ++rung;
    heap.schedule(again, kStart - 1s);
  };
  heap.schedule(again, kStart);
  heap.fire(kStart);
  CHECK(rung == 1);
  heap.fire(kStart);
  CHECK(rung == 2);
  heap.cancel(again);
}

TEST_CASE("a timer may cancel another that is due at the same moment") {
  TimerHeap heap;
  bool rung = false;
  Alarm first;
  Alarm second;
  first.ring = [&] { heap.cancel(second); };
  second.ring = [&] { rung = true; };
  heap.schedule(first, kStart);
  heap.schedule(second, kStart);
  heap.fire(kStart);
  CHECK_FALSE(rung);
  CHECK(heap.empty());
}

TEST_CASE("under random scheduling and cancelling, what fires is what a sorted list says") {
  std::mt19937_64 random(7);
  TimerHeap heap;
  std::deque<Alarm> alarms(300);
  std::vector<const Alarm*> rung;
  std::vector<const Alarm*> expected;
  for (Alarm& alarm : alarms) {
    alarm.ring = [&] { rung.push_back(&alarm); };
    heap.schedule(alarm, kStart + std::chrono::seconds(random() % 50));
  }
  for (Alarm& alarm : alarms) {
    if (random() % 3 == 0) heap.cancel(alarm);
    if (alarm.scheduled()) expected.push_back(&alarm);
  }
  std::ranges::stable_sort(expected, {}, [](const Alarm* alarm) { return alarm->due(); });
  for (int second = 0; second < 50; ++second) heap.fire(kStart + second * 1s);
  CHECK(rung == expected);
}

#ifndef NDEBUG
TEST_CASE("a timer that dies scheduled dies loudly") {
  CHECK(dies_loudly([] {
    TimerHeap heap;
    Alarm alarm;
    heap.schedule(alarm, kStart);
  }));
}
#endif

}  // namespace
}  // namespace penstock::test
