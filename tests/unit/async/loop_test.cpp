#include "penstock/async/loop.hpp"

#include <functional>
#include <string>

#include "penstock/async/event.hpp"
#include "penstock/async/handle.hpp"
#include "penstock/async/task_group.hpp"
#include "penstock/async/timeout.hpp"
#include "support/async_death.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

Task<int> seven() {
  co_await yield_now();
  co_return 7;
}

/// A handle that keeps libuv alive for an hour.
Handle<uv_timer_t> open_handle() {
  Handle<uv_timer_t> handle(
      [](uv_timer_t* timer) { return uv_timer_init(Loop::current().uv(), timer); });
  uv_timer_start(handle.get(), [](uv_timer_t*) {}, 3'600'000, 0);
  return handle;
}

TEST_CASE("a loop runs one main task after another, and gives what each returns") {
  for (const bool virtual_time : {false, true}) {
    Loop loop({.virtual_time = virtual_time});
    CHECK(loop.run(seven()) == 7);
    CHECK(loop.run(seven()) == 7);
  }
}

TEST_CASE("a run ends with its main task, though handles are still open") {
  for (const bool virtual_time : {false, true}) {
    Loop loop({.virtual_time = virtual_time});
    const auto handle = open_handle();
    CHECK(loop.run(seven()) == 7);
    CHECK(loop.run([]() -> Task<int> { co_return 8; }()) == 8);
  }
}

TEST_CASE("the clock shows one time to all tasks of a turn") {
  run_real([]() -> Task<> {
    const TimePoint before = Loop::current().now();
    TimePoint other;
    TaskGroup group;
    group.spawn([&]() -> Task<> {
      other = Loop::current().now();
      co_return;
    });
    for (const TimePoint start = Clock::now(); Clock::now() - start < 10us;) {
    }
    co_await group.join();
    CHECK(other == before);
  });
}

TEST_CASE("timers that wake nobody do not stop the loop") {
  run_real([]() -> Task<> {
    CancelScope scope;
    scope.cancel_at(Loop::current().now() + 300us);
    const CancelScope shield(CancelScope::Shield::kYes);
    co_await sleep(2500us);
    CHECK(scope.expired());
  });
}

TEST_CASE("tasks that are always ready keep neither timers nor I/O from their turn") {
  for (const bool virtual_time : {false, true}) {
    Loop loop({.virtual_time = virtual_time});
    bool posted = false;
    const auto spin = [&]() -> Task<> {
      Loop::current().post([&] { posted = true; });
      while (!posted) co_await yield_now();
      const Ended ended = co_await swallow(with_timeout(0s, [&]() -> Task<> {
        for (;;) co_await yield_now();
      }()));
      CHECK(ended == Ended::kError);
    };
    loop.run(spin());
  }
}

TEST_CASE("the virtual clock jumps to the next timer when nothing else can happen") {
  run_virtual([]() -> Task<> {
    const TimePoint start = Loop::current().now();
    for (int i = 0; i < 100; ++i) co_await yield_now();
    CHECK(Loop::current().now() == start);
    co_await sleep(1000h);
    CHECK(Loop::current().now() == start + 1000h);
  });
}

TEST_CASE("the virtual clock stands while a handle may still bring something real") {
  run_virtual([]() -> Task<> {
    const TimePoint start = Loop::current().now();
    Event rung;
    Handle<uv_timer_t> real(
        [](uv_timer_t* timer) { return uv_timer_init(Loop::current().uv(), timer); });
    real->data = &rung;
    uv_timer_start(
        real.get(), [](uv_timer_t* timer) { static_cast<Event*>(timer->data)->set(); }, 1, 0);
    co_await with_timeout(1ns, rung.wait());
    CHECK(Loop::current().now() == start);
  });
}

TEST_CASE("work that is posted runs in order, outside of any task") {
  run_virtual([]() -> Task<> {
    Journal journal;
    Event done;
    Loop::current().post([&] { journal(current_task() == nullptr ? "a" : "in task"); });
    Loop::current().post([&] {
      journal("b");
      Loop::current().post([&] { done.set(); });
    });
    CHECK(journal.text().empty());
    const Loop::External external(Loop::current());
    co_await done.wait();
    CHECK(journal.text() == "a b");
  });
}

TEST_CASE("posted work that is never run is destroyed with the loop") {
  const int before = Tracked::live();
  {
    Loop loop;
    loop.run(seven());
    loop.post([tracked = Tracked(1)] { FAIL("it ran"); });
    CHECK(Tracked::live() == before + 1);
  }
  CHECK(Tracked::live() == before);
}

struct Flush final : TurnHook {
  std::function<void()> flush;
  void on_turn_end() noexcept override { flush(); }
};

TEST_CASE("a hook runs once at the end of its turn, after the tasks, however often it was asked") {
  run_virtual([]() -> Task<> {
    Journal journal;
    Flush hook;
    hook.flush = [&] { journal("flush"); };
    const auto write = [&]() -> Task<> {
      journal("write");
      Loop::current().at_turn_end(hook);
      co_return;
    };
    TaskGroup group;
    for (int i = 0; i < 2; ++i) group.spawn(write);
    co_await group.join();
    co_await sleep(1s);
    CHECK(journal.text() == "write write flush");
  });
}

TEST_CASE("a hook that is set by a callback of libuv, outside of a turn, causes one") {
  for (const bool virtual_time : {false, true}) {
    Loop loop({.virtual_time = virtual_time});
    Flush hook;
    Event flushed;
    hook.flush = [&] { flushed.set(); };
    const auto main = [&]() -> Task<> {
      const Loop::External external(Loop::current());
      Loop::current().post([&] { Loop::current().at_turn_end(hook); });
      co_await flushed.wait();
    };
    loop.run(main());
  }
}

TEST_CASE("turns are counted, and many hops fit into one") {
  run_virtual([]() -> Task<> {
    const std::uint64_t before = Loop::current().turns();
    for (int i = 0; i < 5; ++i) co_await yield_now();
    CHECK(Loop::current().turns() == before);
    co_await sleep(1s);
    CHECK(Loop::current().turns() > before);
  });
}

/// The order in which ten tasks run under a seed.
std::string order_under(std::uint64_t seed) {
  std::string order;
  run_virtual(
      [&]() -> Task<> {
        TaskGroup group;
        for (char name = 'a'; name <= 'j'; ++name) {
          group.spawn([&order, name]() -> Task<> {
            order += name;
            co_return;
          });
        }
        co_await group.join();
      },
      seed);
  return order;
}

TEST_CASE("a seed shuffles those who are ready together, always in the same way") {
  CHECK(order_under(0) == "abcdefghij");
  CHECK(order_under(1) != order_under(2));
  CHECK(order_under(1) == order_under(1));
  std::string sorted = order_under(1);
  std::ranges::sort(sorted);
  CHECK(sorted == "abcdefghij");
}

TEST_CASE("a second run within a run dies loudly, and so does a second loop on a thread") {
  const auto nested = []() -> Task<> {
    Loop::current().run(seven());
    co_return;
  };
  CHECK(dies_loudly([&] { run_virtual(nested); }));
  CHECK(dies_loudly([] {
    const Loop first;
    const Loop second;
  }));
}

TEST_CASE("asking for the loop where there is none dies loudly") {
  CHECK(dies_loudly([] { Loop::current(); }));
  CHECK(dies_loudly([] { this_task(); }));
}

}  // namespace
}  // namespace penstock::test
