#include "penstock/async/task_group.hpp"
#include "penstock/async/timeout.hpp"
#include "support/async_death.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

TEST_CASE("joining a child gives its result") {
  run_virtual([]() -> Task<> {
    co_await task_group([](TaskGroup& group) -> Task<> {
      auto child = group.spawn(value_after(1s, 7));
      CHECK_FALSE(child.finished());
      const int value = co_await child.join();
      CHECK(value == 7);
      CHECK(child.finished());
    });
  });
}

TEST_CASE("a child can be joined through a temporary handle, and after it has ended") {
  run_virtual([]() -> Task<> {
    co_await task_group([](TaskGroup& group) -> Task<> {
      const int value = co_await group.spawn(value_after(1s, 7)).join();
      CHECK(value == 7);
      auto ended = group.spawn(value_after(1s, 8));
      co_await sleep(2s);
      const int late = co_await ended.join();
      CHECK(late == 8);
    });
  });
}

TEST_CASE("an error that is awaited goes to who waits, and does not fail the group") {
  run_virtual([]() -> Task<> {
    Ended joined = Ended::kNot;
    Ended sibling = Ended::kNot;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      auto child = group.spawn(error_after(1s, "boom"));
      group.spawn(observe(value_after(2s, 0), sibling));
      co_await observe(child.join(), joined);
    });
    CHECK(joined == Ended::kError);
    CHECK(sibling == Ended::kValue);
  });
}

TEST_CASE("an error that nobody awaits any more fails the group") {
  run_virtual([]() -> Task<> {
    const Ended ended = co_await swallow(task_group([](TaskGroup& group) -> Task<> {
      auto child = group.spawn(error_after(2s, "boom"));
      co_await swallow(with_timeout(1s, child.join()));
      co_await forever();
    }));
    CHECK(ended == Ended::kError);
  });
}

TEST_CASE("cancelling a joiner leaves the child running") {
  run_virtual([]() -> Task<> {
    Ended ended = Ended::kNot;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      auto child = group.spawn(observe(value_after(2s, 7), ended));
      co_await swallow(with_timeout(1s, child.join()));
      CHECK(ended == Ended::kNot);
    });
    CHECK(ended == Ended::kValue);
  });
}

TEST_CASE("a child cancelled alone leaves its siblings running and the group whole") {
  run_virtual([]() -> Task<> {
    Ended cancelled = Ended::kNot;
    Ended sibling = Ended::kNot;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      auto child = group.spawn(observe(forever(), cancelled));
      group.spawn(observe(value_after(1s, 0), sibling));
      co_await yield_now();
      child.cancel();
      child.cancel();
    });
    CHECK(cancelled == Ended::kCancelled);
    CHECK(sibling == Ended::kValue);
  });
}

TEST_CASE("a body that awaits a child cancelled alone ends its group with Cancelled") {
  run_virtual([]() -> Task<> {
    Ended sibling = Ended::kNot;
    const Ended whole = co_await swallow(task_group([&](TaskGroup& group) -> Task<> {
      auto child = group.spawn(forever());
      group.spawn(observe(forever(), sibling));
      co_await yield_now();
      child.cancel();
      co_await child.join();
    }));
    CHECK(whole == Ended::kCancelled);
    CHECK(sibling == Ended::kCancelled);
  });
}

TEST_CASE("joining a child that never ran throws Cancelled") {
  run_virtual([]() -> Task<> {
    TaskGroup group;
    auto child = group.spawn(value_after(1s, 7));
    child.cancel();
    const Ended joined = co_await swallow(child.join());
    CHECK(joined == Ended::kCancelled);
    co_await group.join();
  });
}

TEST_CASE("several tasks may wait for one child that returns nothing") {
  run_virtual([]() -> Task<> {
    int woken = 0;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      auto child = group.spawn([]() -> Task<> { co_await sleep(1s); });
      const auto wait = [&]() -> Task<> {
        co_await child.join();
        ++woken;
      };
      group.spawn(wait);
      group.spawn(wait);
      co_await child.join();
      co_await yield_now();
    });
    CHECK(woken == 2);
  });
}

TEST_CASE("a result outlives the group, in its handle") {
  const int before = Tracked::live();
  run_virtual([]() -> Task<> {
    std::optional<JoinHandle<Tracked>> kept;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      kept = group.spawn([]() -> Task<Tracked> { co_return Tracked(7); });
      co_return;
    });
    kept->cancel();
    CHECK(kept->take().number() == 7);
  });
  CHECK(Tracked::live() == before);
}

TEST_CASE("a result that nobody takes dies with the child") {
  const int before = Tracked::live();
  run_virtual([]() -> Task<> {
    co_await task_group([](TaskGroup& group) -> Task<> {
      group.spawn([]() -> Task<Tracked> { co_return Tracked(7); });
      co_return;
    });
  });
  CHECK(Tracked::live() == before);
}

TEST_CASE("a result that cannot be moved out of the child is its error") {
  run_virtual([]() -> Task<> {
    TaskGroup group;
    auto child = group.spawn([]() -> Task<ThrowsOnMove> { co_return ThrowsOnMove(1); });
    const Ended joined = co_await swallow(child.join());
    CHECK(joined == Ended::kError);
    co_await group.join();
  });
}

#ifndef NDEBUG
TEST_CASE("taking a result twice dies loudly") {
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      TaskGroup group;
      auto child = group.spawn(value_after(1s, 7));
      co_await group.join();
      child.take();
      child.take();
    });
  }));
}
#endif

}  // namespace
}  // namespace penstock::test
