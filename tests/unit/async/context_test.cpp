#include "penstock/async/context.hpp"

#include <string>

#include "penstock/async/gather.hpp"
#include "penstock/async/task_group.hpp"
#include "support/async_death.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;

const ContextVar<std::string> user;
const ContextVar<int> attempt;

std::string who() {
  return user.get() == nullptr ? "nobody" : *user.get();
}

TEST_CASE("a variable that was never set is null") {
  run_virtual([]() -> Task<> {
    CHECK(user.get() == nullptr);
    co_return;
  });
}

TEST_CASE("a binding holds until it ends, and bindings nest") {
  run_virtual([]() -> Task<> {
    const auto outer = user.set("ann");
    {
      const auto inner = user.set("bob");
      const auto other = attempt.set(2);
      CHECK(who() == "bob");
      CHECK(*attempt.get() == 2);
    }
    CHECK(who() == "ann");
    CHECK(attempt.get() == nullptr);
    co_return;
  });
}

TEST_CASE("what the caller set is seen in an awaited callee, across suspensions") {
  run_virtual([]() -> Task<> {
    const auto bound = user.set("ann");
    auto callee = []() -> Task<std::string> {
      co_await yield_now();
      co_return who();
    };
    const std::string seen = co_await callee();
    CHECK(seen == "ann");
  });
}

TEST_CASE("what an awaited callee sets ends with the callee") {
  run_virtual([]() -> Task<> {
    const auto bound = user.set("ann");
    auto callee = []() -> Task<> {
      const auto rebound = user.set("bob");
      co_await yield_now();
    };
    co_await callee();
    CHECK(who() == "ann");
  });
}

TEST_CASE("a spawned task sees what was set when it was spawned, and not what was set later") {
  run_virtual([]() -> Task<> {
    std::string seen;
    TaskGroup group;
    {
      const auto bound = user.set("ann");
      group.spawn([&]() -> Task<> {
        seen = who();
        co_return;
      });
    }
    const auto later_one = user.set("bob");
    co_await group.join();
    CHECK(seen == "ann");
  });
}

TEST_CASE("what a spawned task sets is not seen by its parent or its siblings") {
  run_virtual([]() -> Task<> {
    std::string sibling;
    Event set;
    TaskGroup group;
    group.spawn([&]() -> Task<> {
      const auto bound = user.set("bob");
      set.set();
      co_await yield_now();
      CHECK(who() == "bob");
    });
    group.spawn([&]() -> Task<> {
      co_await set.wait();
      sibling = who();
    });
    co_await set.wait();
    CHECK(who() == "nobody");
    co_await group.join();
    CHECK(sibling == "nobody");
  });
}

TEST_CASE("a child of gather starts with the context of the gathering task") {
  run_virtual([]() -> Task<> {
    auto leak = []() -> Task<std::string> {
      std::string seen = who();
      const auto bound = user.set(seen + "+");
      co_await yield_now();
      co_return seen;
    };
    const auto bound = user.set("ann");
    const auto [first, second] = co_await gather(leak(), leak());
    CHECK(first == "ann");
    CHECK(second == "ann");
  });
}

TEST_CASE("a binding outlives its setter's scope for the tasks that inherited it, then is freed") {
  const ContextVar<Tracked> variable;
  const int before = Tracked::live();
  run_virtual([&]() -> Task<> {
    TaskGroup group;
    {
      const auto bound = variable.set(Tracked(7));
      group.spawn([&]() -> Task<> {
        co_await sleep(std::chrono::seconds(1));
        CHECK(variable.get()->number() == 7);
      });
    }
    co_await group.join();
    CHECK(Tracked::live() == before);
  });
}

TEST_CASE("the context of a child that never ran is freed") {
  const ContextVar<Tracked> variable;
  const int before = Tracked::live();
  run_virtual([&]() -> Task<> {
    TaskGroup group;
    {
      const auto bound = variable.set(Tracked(7));
      group.spawn(forever());
    }
    group.cancel();
    co_await group.join();
    CHECK(Tracked::live() == before);
  });
}

TEST_CASE("a cancelled task's bindings end as its frames unwind") {
  run_virtual([]() -> Task<> {
    Ended ended = Ended::kNot;
    auto bind = []() -> Task<> {
      const auto bound = user.set("bob");
      co_await forever();
    };
    auto outer = [&]() -> Task<> {
      co_await swallow(bind());
      CHECK(who() == "nobody");
    };
    TaskGroup group;
    group.spawn(observe(outer(), ended));
    co_await yield_now();
    group.cancel();
    co_await group.join();
    CHECK(ended == Ended::kValue);
  });
}

TEST_CASE("a captured context can be installed for a stretch of synchronous code") {
  run_virtual([]() -> Task<> {
    Context captured;
    {
      const auto bound = user.set("ann");
      captured = Context::current();
    }
    CHECK(who() == "nobody");
    {
      const ContextScope scope(captured);
      CHECK(who() == "ann");
    }
    CHECK(who() == "nobody");
    co_return;
  });
}

TEST_CASE("the main task sees the context that its loop was started in") {
  const auto bound = user.set("ann");
  run_virtual([]() -> Task<> {
    CHECK(who() == "ann");
    co_return;
  });
  CHECK(who() == "ann");
}

TEST_CASE("outside of tasks no context is left behind by a run") {
  run_virtual([]() -> Task<> {
    const auto bound = user.set("ann");
    Loop::current().post([] { CHECK(who() == "nobody"); });
    co_await sleep(std::chrono::seconds(1));
  });
  CHECK(who() == "nobody");
}

TEST_CASE("a borrowed context is read and added to without touching its counts") {
  const auto bound = user.set("ann");
  detail::ContextNode* lent = detail::current_context();
  {
    const BorrowedContext borrowed(lent);
    CHECK(who() == "ann");
    const auto rebound = user.set("bob");
    const Context copy = Context::current();
    CHECK(who() == "bob");
    CHECK(lent->references == 1);
  }
  CHECK(who() == "ann");
}

#ifndef NDEBUG
TEST_CASE("bindings that end out of order die loudly") {
  CHECK(dies_loudly([] {
    auto* first = new ScopedVar(user.set("ann"));
    const auto second = user.set("bob");
    delete first;
  }));
}
#endif

}  // namespace
}  // namespace penstock::test
