#include "penstock/async/cancel.hpp"

#include <memory>
#include <optional>

#include "penstock/async/task_group.hpp"
#include "penstock/async/timeout.hpp"
#include "support/async_death.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

static_assert(!std::is_base_of_v<std::exception, Cancelled>, "handlers of errors let it pass");

TEST_CASE("a cancelled scope stays so: a Cancelled that was swallowed comes again") {
  run_virtual([]() -> Task<> {
    CancelScope scope;
    scope.cancel();
    for (int i = 0; i < 3; ++i) {
      const Ended ended = co_await swallow(forever());
      CHECK(ended == Ended::kCancelled);
    }
  });
}

TEST_CASE("every suspension in a cancelled scope throws, and the scope's end ends it") {
  run_virtual([]() -> Task<> {
    auto yields = []() -> Task<> { co_await yield_now(); };
    {
      CancelScope scope;
      scope.cancel();
      const Ended inside = co_await swallow(yields());
      CHECK(inside == Ended::kCancelled);
    }
    const Ended after = co_await swallow(yields());
    CHECK(after == Ended::kValue);
  });
}

TEST_CASE("cancelling runs nothing by itself, and twice is once") {
  run_virtual([]() -> Task<> {
    Ended ended = Ended::kNot;
    TaskGroup group;
    group.spawn(observe(forever(), ended));
    co_await yield_now();
    group.cancel();
    group.cancel();
    CHECK(ended == Ended::kNot);
    co_await group.join();
    CHECK(ended == Ended::kCancelled);
  });
}

TEST_CASE("an inner scope's cancellation leaves the outer alone") {
  run_virtual([]() -> Task<> {
    CancelScope outer;
    {
      CancelScope inner;
      inner.cancel();
      CHECK(inner.pending());
      CHECK_FALSE(inner.pending_outside());
    }
    CHECK_FALSE(outer.pending());
    co_await yield_now();
  });
}

TEST_CASE("an outer scope's cancellation reaches the scopes that stand and those that come") {
  run_virtual([]() -> Task<> {
    CancelScope outer;
    CancelScope inner;
    outer.cancel();
    CHECK(inner.pending());
    CHECK(inner.pending_outside());
    CHECK_FALSE(inner.cancel_requested());
    const CancelScope later_one;
    CHECK(later_one.pending());
    co_return;
  });
}

TEST_CASE("a scope cancelled around a waiting task wakes it through the scopes between") {
  run_virtual([]() -> Task<> {
    Ended ended = Ended::kNot;
    TaskGroup group;
    auto nested = []() -> Task<> {
      const CancelScope first;
      const CancelScope second;
      co_await forever();
    };
    group.spawn(observe(nested(), ended));
    co_await yield_now();
    group.cancel();
    co_await group.join();
    CHECK(ended == Ended::kCancelled);
  });
}

TEST_CASE("a shielded scope is not cancelled from outside, though it can be by itself") {
  run_virtual([]() -> Task<> {
    CancelScope outer;
    CancelScope shield(CancelScope::Shield::kYes);
    outer.cancel();
    CHECK_FALSE(shield.pending());
    CHECK(shield.pending_outside());
    co_await yield_now();
    shield.cancel();
    const Ended ended = co_await swallow(forever());
    CHECK(ended == Ended::kCancelled);
  });
}

TEST_CASE("a scope inside of a shield inside of a cancelled scope is not cancelled") {
  run_virtual([]() -> Task<> {
    CancelScope outer;
    outer.cancel();
    const CancelScope shield(CancelScope::Shield::kYes);
    const CancelScope inner;
    CHECK_FALSE(inner.pending());
    co_await sleep(1s);
  });
}

TEST_CASE("the deadline in force is the earliest of those around") {
  run_virtual([]() -> Task<> {
    const TimePoint now = Loop::current().now();
    CHECK(current_deadline() == TimePoint::max());
    CancelScope outer;
    outer.cancel_at(now + 1h);
    CancelScope inner;
    inner.cancel_at(now + 2h);
    CHECK(current_deadline() == now + 1h);
    inner.cancel_at(now + 1min);
    CHECK(current_deadline() == now + 1min);
    co_return;
  });
}

TEST_CASE("a shielded scope has no deadline but its own") {
  run_virtual([]() -> Task<> {
    const TimePoint now = Loop::current().now();
    CancelScope outer;
    outer.cancel_at(now + 1s);
    CancelScope shield(CancelScope::Shield::kYes);
    CHECK(current_deadline() == TimePoint::max());
    shield.cancel_at(now + 1h);
    const CancelScope inside;
    CHECK(current_deadline() == now + 1h);
    co_await sleep(2s);
    CHECK(outer.expired());
  });
}

TEST_CASE("a spawned task inherits the deadline of its group") {
  run_virtual([]() -> Task<> {
    const TimePoint due = Loop::current().now() + 1h;
    CancelScope scope;
    scope.cancel_at(due);
    TimePoint seen;
    TaskGroup group;
    group.spawn([&]() -> Task<> {
      seen = current_deadline();
      co_return;
    });
    co_await group.join();
    CHECK(seen == due);
  });
}

TEST_CASE("outside of tasks there is no deadline") {
  CHECK(current_deadline() == TimePoint::max());
}

TEST_CASE("a later deadline does not put off an earlier one") {
  run_virtual([]() -> Task<> {
    const TimePoint start = Loop::current().now();
    CancelScope scope;
    scope.cancel_at(start + 1s);
    scope.cancel_at(start + 2s);
    co_await swallow(forever());
    CHECK(Loop::current().now() == start + 1s);
  });
}

TEST_CASE("an earlier deadline takes the place of a later one") {
  run_virtual([]() -> Task<> {
    const TimePoint start = Loop::current().now();
    CancelScope scope;
    scope.cancel_at(start + 2s);
    scope.cancel_at(start + 1s);
    co_await swallow(forever());
    CHECK(Loop::current().now() == start + 1s);
  });
}

TEST_CASE("a scope has expired if its deadline cancelled it, and not if a call did") {
  run_virtual([]() -> Task<> {
    const TimePoint due = Loop::current().now() + 1s;
    CancelScope by_call;
    CancelScope by_time;
    by_call.cancel_at(due);
    by_time.cancel_at(due);
    by_call.cancel();
    const CancelScope shield(CancelScope::Shield::kYes);
    co_await sleep(2s);
    CHECK_FALSE(by_call.expired());
    CHECK(by_call.cancel_requested());
    CHECK(by_time.expired());
  });
}

TEST_CASE("a deadline cancels the sleeps that fall on the same moment after it, not those before") {
  run_virtual([]() -> Task<> {
    const TimePoint due = Loop::current().now() + 1s;
    auto rest = [&]() -> Task<> { co_await sleep_until(due); };
    CancelScope scope;
    Ended before = Ended::kNot;
    Ended after = Ended::kNot;
    TaskGroup group;
    group.spawn(observe(rest(), before));
    co_await yield_now();
    scope.cancel_at(due);
    group.spawn(observe(rest(), after));
    co_await group.join();
    CHECK(before == Ended::kValue);
    CHECK(after == Ended::kCancelled);
  });
}

TEST_CASE("a timer's callback may cancel a scope with timers of its own") {
  run_virtual([]() -> Task<> {
    struct Canceller final : Timer {
      CancelScope* scope = nullptr;
      void on_timer() noexcept override { scope->cancel(); }
    };
    const TimePoint due = Loop::current().now() + 1s;
    TaskGroup group;
    CancelScope scope;
    Canceller canceller;
    canceller.scope = &scope;
    Loop::current().schedule(canceller, due);
    scope.cancel_at(due);
    const Ended ended = co_await swallow(with_deadline(due, forever()));
    CHECK(ended == Ended::kCancelled);
    CHECK_FALSE(scope.expired());
  });
}

TEST_CASE("an operation that ends late keeps its scope waiting, then throws") {
  run_virtual([]() -> Task<> {
    LateWaiter operation;
    auto write = [&]() -> Task<> { co_await operation; };
    Ended ended = Ended::kNot;
    TaskGroup group;
    auto child = group.spawn(observe(write(), ended));
    co_await yield_now();
    child.cancel();
    co_await yield_now();
    CHECK(operation.asked_to_cancel());
    CHECK(ended == Ended::kNot);
    operation.finish();
    co_await group.join();
    CHECK(ended == Ended::kCancelled);
  });
}

TEST_CASE("a cancelled task runs the destructors of its frames, innermost first") {
  run_virtual([]() -> Task<> {
    Journal journal;
    struct Note {
      Journal& journal;
      const char* name;
      ~Note() { journal(name); }
    };
    auto inner = [&]() -> Task<> {
      const Note note{journal, "inner"};
      co_await forever();
    };
    auto outer = [&]() -> Task<> {
      const Note note{journal, "outer"};
      co_await inner();
    };
    TaskGroup group;
    group.spawn(outer);
    co_await yield_now();
    group.cancel();
    co_await group.join();
    CHECK(journal.text() == "inner outer");
  });
}

#ifndef NDEBUG
TEST_CASE("scopes that end out of order die loudly") {
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      std::optional<CancelScope> outer(std::in_place);
      const CancelScope inner;
      outer.reset();
      co_return;
    });
  }));
}

TEST_CASE("a scope opened outside of a task dies loudly") {
  CHECK(dies_loudly([] { const CancelScope scope; }));
}
#endif

}  // namespace
}  // namespace penstock::test
