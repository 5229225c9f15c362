#include "penstock/async/task_group.hpp"

#include <memory>

#include "penstock/async/timeout.hpp"
#include "support/async_death.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

Task<> note(Journal& journal, std::string name) {
  journal(name);
  co_return;
}

/// What group(body) threw, as text; empty if it returned.
template <class Body>
Task<std::string> failure_of(Body body) {
  try {
    co_await task_group(body);
  } catch (const std::exception& error) {
    co_return error.what();
  }
  co_return "";
}

TEST_CASE("a group is left when its last child has ended") {
  run_virtual([]() -> Task<> {
    const TimePoint start = Loop::current().now();
    co_await task_group([](TaskGroup& group) -> Task<> {
      group.spawn(value_after(3s, 0));
      group.spawn(value_after(1s, 0));
      co_return;
    });
    CHECK(Loop::current().now() - start == 3s);
  });
}

TEST_CASE("children start when their spawner suspends, in the order of the spawns") {
  run_virtual([]() -> Task<> {
    Journal journal;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      for (const char* name : {"a", "b", "c"}) group.spawn(note(journal, name));
      journal("body");
      co_return;
    });
    CHECK(journal.text() == "body a b c");
  });
}

TEST_CASE("a group returns what its body returned, after the children") {
  run_virtual([]() -> Task<> {
    Journal journal;
    const int value = co_await task_group([&](TaskGroup& group) -> Task<int> {
      group.spawn(note(journal, "child"));
      co_return 7;
    });
    CHECK(value == 7);
    CHECK(journal.text() == "child");
  });
}

TEST_CASE("the first error cancels the siblings and the body, which are awaited, and is thrown") {
  run_virtual([]() -> Task<> {
    Ended sibling = Ended::kNot;
    Ended body = Ended::kNot;
    const std::string what = co_await failure_of([&](TaskGroup& group) -> Task<> {
      group.spawn(observe(forever(), sibling));
      group.spawn(error_after(1s, "boom"));
      co_await observe(forever(), body);
    });
    CHECK(what == "boom");
    CHECK(sibling == Ended::kCancelled);
    CHECK(body == Ended::kCancelled);
  });
}

TEST_CASE("an error of the body cancels the children, which are awaited") {
  run_virtual([]() -> Task<> {
    Ended child = Ended::kNot;
    const std::string what = co_await failure_of([&](TaskGroup& group) -> Task<> {
      group.spawn(observe(forever(), child));
      co_await error_after(1s, "boom");
    });
    CHECK(what == "boom");
    CHECK(child == Ended::kCancelled);
  });
}

TEST_CASE("a group with a failing child waits for a slow shielded one") {
  run_virtual([]() -> Task<> {
    const TimePoint start = Loop::current().now();
    const std::string what = co_await failure_of([](TaskGroup& group) -> Task<> {
      group.spawn([]() -> Task<> { co_await shield(sleep(5s)); });
      group.spawn(error_after(1s, "boom"));
      co_return;
    });
    CHECK(what == "boom");
    CHECK(Loop::current().now() - start == 5s);
  });
}

TEST_CASE("several errors are thrown together, the first one first, without the cancellations") {
  run_virtual([]() -> Task<> {
    const auto fails_in_cleanup = []() -> Task<> {
      co_await swallow(forever());
      throw std::runtime_error("second");
    };
    try {
      co_await task_group([&](TaskGroup& group) -> Task<> {
        group.spawn(fails_in_cleanup);
        group.spawn(forever());
        group.spawn(error_after(1s, "first"));
        co_return;
      });
      FAIL("it returned");
    } catch (const GroupError& error) {
      CHECK(error.errors().size() == 2);
      CHECK(std::string(error.what()) == "2 tasks failed; first: first");
      CHECK_THROWS_WITH(std::rethrow_exception(error.errors().back()), "second");
    }
  });
}

TEST_CASE("a cancelled group returns normally: it was cancelled on purpose") {
  run_virtual([]() -> Task<> {
    Ended child = Ended::kNot;
    Ended body = Ended::kNot;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn(observe(forever(), child));
      co_await yield_now();
      group.cancel();
      co_await observe(forever(), body);
    });
    CHECK(child == Ended::kCancelled);
    CHECK(body == Ended::kCancelled);
  });
}

TEST_CASE("a group whose own cancellation cut off its body's value throws Cancelled") {
  run_virtual([]() -> Task<> {
    const Ended ended = co_await swallow(task_group([](TaskGroup& group) -> Task<int> {
      group.cancel();
      co_return co_await value_after(1s, 7);
    }));
    CHECK(ended == Ended::kCancelled);
  });
}

TEST_CASE("a group cancelled from outside waits for its children and throws Cancelled") {
  run_virtual([]() -> Task<> {
    Ended child = Ended::kNot;
    Ended whole = Ended::kNot;
    auto inner = [&]() -> Task<> {
      co_await task_group([&](TaskGroup& group) -> Task<> {
        group.spawn(observe(forever(), child));
        co_return;
      });
    };
    TaskGroup outer;
    outer.spawn(observe(inner(), whole));
    co_await yield_now();
    co_await yield_now();
    outer.cancel();
    co_await outer.join();
    CHECK(child == Ended::kCancelled);
    CHECK(whole == Ended::kCancelled);
  });
}

TEST_CASE(
    "a group in which all ran to their end gives its value, though it was cancelled meanwhile") {
  run_virtual([]() -> Task<> {
    CancelScope scope;
    const int value = co_await task_group([&](TaskGroup&) -> Task<int> {
      scope.cancel();
      co_return 7;
    });
    CHECK(value == 7);
    const Ended next = co_await swallow(forever());
    CHECK(next == Ended::kCancelled);
  });
}

TEST_CASE("children of a group opened in a cancelled scope never run") {
  run_virtual([]() -> Task<> {
    Journal journal;
    CancelScope scope;
    scope.cancel();
    const Ended ended = co_await swallow(task_group([&](TaskGroup& group) -> Task<> {
      group.spawn(note(journal, "child"));
      co_return;
    }));
    CHECK(ended == Ended::kCancelled);
    CHECK(journal.text().empty());
  });
}

TEST_CASE("a child that is cancelled before it starts never runs, and its arguments die") {
  run_virtual([]() -> Task<> {
    const int before = Tracked::live();
    bool ran = false;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      auto child = group.spawn(
          [&](Tracked) -> Task<> {
            ran = true;
            co_return;
          },
          Tracked(1));
      child.cancel();
      co_return;
    });
    CHECK_FALSE(ran);
    CHECK(Tracked::live() == before);
  });
}

TEST_CASE("a spawned closure's captures live as long as the child") {
  run_virtual([]() -> Task<> {
    int read = 0;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn([&read, captured = std::make_unique<Tracked>(7)]() -> Task<> {
        co_await sleep(1s);
        read = captured->number();
      });
      co_return;
    });
    CHECK(read == 7);
  });
}

TEST_CASE("the arguments of a spawned function are moved into the child") {
  run_virtual([]() -> Task<> {
    auto read_late = [](Tracked tracked, const std::string& text) -> Task<int> {
      co_await sleep(1s);
      co_return tracked.number() + static_cast<int>(text.size());
    };
    TaskGroup group;
    auto child = group.spawn(read_late, Tracked(7), std::string("abc"));
    co_await group.join();
    CHECK(child.take() == 10);
  });
}

TEST_CASE("a function that throws before it makes its task fails as a child") {
  run_virtual([]() -> Task<> {
    const std::string what = co_await failure_of([](TaskGroup& group) -> Task<> {
      group.spawn([]() -> Task<> { throw std::runtime_error("boom"); });
      co_return;
    });
    CHECK(what == "boom");
  });
}

TEST_CASE(
    "an argument that cannot be moved into the child throws out of spawn, and the group goes on") {
  run_virtual([]() -> Task<> {
    co_await task_group([](TaskGroup& group) -> Task<> {
      const auto keep = [](ThrowsOnMove) -> Task<> { co_return; };
      bool thrown = false;
      try {
        group.spawn(keep, ThrowsOnMove(1));
      } catch (const std::runtime_error&) {
        thrown = true;
      }
      CHECK(thrown);
      CHECK(group.size() == 0);
      co_return;
    });
  });
}

TEST_CASE("a child may spawn siblings, and the group waits for them") {
  run_virtual([]() -> Task<> {
    const TimePoint start = Loop::current().now();
    co_await task_group([](TaskGroup& group) -> Task<> {
      group.spawn([&group]() -> Task<> {
        group.spawn(value_after(2s, 0));
        co_return;
      });
      co_return;
    });
    CHECK(Loop::current().now() - start == 2s);
  });
}

TEST_CASE("a group counts the children that have not ended") {
  run_virtual([]() -> Task<> {
    TaskGroup group;
    group.spawn(value_after(1s, 0));
    group.spawn(value_after(3s, 0));
    CHECK(group.size() == 2);
    co_await sleep(2s);
    CHECK(group.size() == 1);
    co_await group.join();
    CHECK(group.size() == 0);
  });
}

TEST_CASE("a group without children is left without suspending") {
  run_virtual([]() -> Task<> {
    const std::uint64_t turns = Loop::current().turns();
    co_await task_group([](TaskGroup&) -> Task<> { co_return; });
    CHECK(Loop::current().turns() == turns);
  });
}

TEST_CASE("a thousand children end under every order of running") {
  run_shuffled(
      [](std::uint64_t) -> Task<> {
        int ended = 0;
        co_await task_group([&](TaskGroup& group) -> Task<> {
          for (int i = 0; i < 1000; ++i) {
            group.spawn([&ended, i]() -> Task<> {
              co_await sleep(std::chrono::milliseconds(i % 7));
              ++ended;
            });
          }
          co_return;
        });
        CHECK(ended == 1000);
      },
      5);
}

#ifndef NDEBUG
TEST_CASE("a group destroyed while children run dies loudly") {
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      TaskGroup group;
      group.spawn(forever());
      co_return;
    });
  }));
}
#endif

}  // namespace
}  // namespace penstock::test
