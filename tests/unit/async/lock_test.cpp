#include "penstock/async/lock.hpp"

#include <memory>

#include "penstock/async/task_group.hpp"
#include "penstock/async/timeout.hpp"
#include "support/async_death.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

/// Takes the lock, notes the name, lets others run, and notes that it leaves.
Task<> visit(Lock& lock, Journal& journal, std::string name) {
  const auto guard = co_await lock.acquire();
  journal(name + '(');
  co_await yield_now();
  journal(')' + name);
}

TEST_CASE("a free lock is taken without suspending") {
  run_virtual([]() -> Task<> {
    Lock lock;
    const std::uint64_t turns = Loop::current().turns();
    const auto guard = co_await lock.acquire();
    CHECK(Loop::current().turns() == turns);
    CHECK(lock.locked());
    CHECK(lock.held_by_this_task());
    CHECK(lock.held_by(guard));
  });
}

TEST_CASE("tasks hold a lock one after the other, in the order they came") {
  run_virtual([]() -> Task<> {
    Lock lock;
    Journal journal;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      for (const char* name : {"a", "b", "c"}) group.spawn(visit(lock, journal, name));
      co_return;
    });
    CHECK(journal.text() == "a( )a b( )b c( )c");
    CHECK_FALSE(lock.locked());
  });
}

TEST_CASE("a lock that is released goes to the waiter, and a newcomer cannot take it") {
  run_virtual([]() -> Task<> {
    Lock lock;
    Journal journal;
    auto guard = lock.try_acquire();
    TaskGroup group;
    group.spawn(visit(lock, journal, "waiter"));
    co_await yield_now();
    guard.release();
    CHECK(lock.locked());
    CHECK_FALSE(lock.held_by_this_task());
    CHECK_FALSE(lock.try_acquire());
    CHECK(journal.text().empty());
    co_await group.join();
    CHECK(journal.text() == "waiter( )waiter");
  });
}

TEST_CASE("trying a lock takes it when it is free, and never waits") {
  run_virtual([]() -> Task<> {
    Lock lock;
    {
      const auto guard = lock.try_acquire();
      const auto second = lock.try_acquire();
      CHECK(guard);
      CHECK_FALSE(second);
      CHECK(lock.held_by(guard));
      CHECK_FALSE(lock.held_by(second));
      CHECK(lock.held_by_this_task());
    }
    CHECK_FALSE(lock.locked());
    co_return;
  });
}

TEST_CASE("a guard releases its lock once, wherever it was moved") {
  run_virtual([]() -> Task<> {
    Lock lock;
    Lock other;
    auto first = lock.try_acquire();
    auto second = std::move(first);
    CHECK_FALSE(first);
    CHECK(lock.held_by(second));
    second = other.try_acquire();
    CHECK_FALSE(lock.locked());
    CHECK(other.held_by(second));
    second.release();
    second.release();
    CHECK_FALSE(other.locked());
    const auto again = co_await other.acquire();
    CHECK(again);
  });
}

TEST_CASE("an exception releases the lock") {
  run_virtual([]() -> Task<> {
    Lock lock;
    const auto fails = [&]() -> Task<> {
      const auto guard = co_await lock.acquire();
      throw std::runtime_error("boom");
    };
    const Ended ended = co_await swallow(fails());
    CHECK(ended == Ended::kError);
    CHECK_FALSE(lock.locked());
  });
}

TEST_CASE("a waiter for a lock that is cancelled leaves its place to the next") {
  run_virtual([]() -> Task<> {
    Lock lock;
    Journal journal;
    auto guard = lock.try_acquire();
    TaskGroup group;
    JoinHandle<void> first = group.spawn(visit(lock, journal, "a"));
    group.spawn(visit(lock, journal, "b"));
    co_await yield_now();
    first.cancel();
    guard.release();
    co_await group.join();
    CHECK(journal.text() == "b( )b");
  });
}

TEST_CASE("a waiter that is cancelled after the lock was handed to it passes it on") {
  run_virtual([]() -> Task<> {
    Lock lock;
    Journal journal;
    auto guard = lock.try_acquire();
    TaskGroup group;
    JoinHandle<void> first = group.spawn(visit(lock, journal, "a"));
    group.spawn(visit(lock, journal, "b"));
    co_await yield_now();
    guard.release();
    first.cancel();
    co_await group.join();
    CHECK(journal.text() == "a( b( )b");
    CHECK_FALSE(lock.locked());
  });
}

TEST_CASE("a timeout bounds the wait for a lock") {
  run_virtual([]() -> Task<> {
    Lock lock;
    Journal journal;
    TaskGroup group;
    group.spawn([&]() -> Task<> {
      const auto guard = co_await lock.acquire();
      co_await forever();
    });
    co_await yield_now();
    const TimePoint start = Loop::current().now();
    const Ended ended = co_await swallow(with_timeout(1s, visit(lock, journal, "late")));
    CHECK(ended == Ended::kError);
    CHECK(Loop::current().now() - start == 1s);
    group.cancel();
    co_await group.join();
  });
}

#ifndef NDEBUG
TEST_CASE("a task that awaits a lock it holds dies, saying where it took it and asks again") {
  const auto taken = std::source_location::current().line() + 4;
  const std::string words = last_words([] {
    run_virtual([]() -> Task<> {
      Lock lock;
      const auto guard = co_await lock.acquire();
      const auto again = co_await with_timeout(1s, lock.acquire());
    });
  });
  const std::string file = "lock_test.cpp:";
  CHECK_THAT(words, Contains("task \"main\" waits at") && Contains("holds itself") &&
                        Contains(file + std::to_string(taken)) &&
                        Contains(file + std::to_string(taken + 1)));
}

TEST_CASE("a lock taken by trying is known as the task's own as well") {
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      Lock lock;
      const auto guard = lock.try_acquire();
      const auto again = co_await with_timeout(1s, lock.acquire());
    });
  }));
}

TEST_CASE("a lock that is destroyed while it is held dies loudly") {
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      auto lock = std::make_unique<Lock>();
      const auto guard = co_await lock->acquire();
      lock.reset();
      std::_Exit(0);  // or the guard would die of it
    });
  }));
}
#endif

}  // namespace
}  // namespace penstock::test
