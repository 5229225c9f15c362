#include "penstock/async/barrier.hpp"

#include <memory>

#include "penstock/async/task_group.hpp"
#include "support/async_death.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;

/// Waits `rounds` times, and notes its name and index, or that the barrier was broken.
Task<> meet(Barrier& barrier, Journal& journal, std::string name, int rounds = 1) {
  for (; rounds > 0; --rounds) {
    try {
      const std::size_t index = co_await barrier.wait();
      journal(name + std::to_string(index));
    } catch (const BrokenBarrier&) {
      journal(name + '!');
    }
  }
}

TEST_CASE("parties wait for each other; the last one goes on without suspending") {
  run_virtual([]() -> Task<> {
    Barrier barrier(3);
    Journal journal;
    TaskGroup group;
    group.spawn(meet(barrier, journal, "a"));
    group.spawn(meet(barrier, journal, "b"));
    co_await yield_now();
    co_await yield_now();
    CHECK(barrier.waiting() == 2);
    CHECK(journal.text().empty());
    const std::uint64_t turns = Loop::current().turns();
    co_await meet(barrier, journal, "c");
    CHECK(Loop::current().turns() == turns);
    CHECK(barrier.waiting() == 0);
    co_await group.join();
    CHECK(journal.text() == "c2 a0 b1");
  });
}

TEST_CASE("a barrier is used again and again") {
  run_virtual([]() -> Task<> {
    Barrier barrier(2);
    Journal journal;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn(meet(barrier, journal, "a", 3));
      group.spawn(meet(barrier, journal, "b", 3));
      co_return;
    });
    CHECK(journal.text() == "b1 a0 a1 b0 b1 a0");
  });
}

TEST_CASE("a barrier for one never waits") {
  run_virtual([]() -> Task<> {
    Barrier barrier(1);
    const std::size_t index = co_await barrier.wait();
    CHECK(index == 0);
  });
}

TEST_CASE("a cancelled waiter has not come: another takes its place at the barrier") {
  run_virtual([]() -> Task<> {
    Barrier barrier(3);
    Journal journal;
    TaskGroup group;
    JoinHandle<void> first = group.spawn(meet(barrier, journal, "a"));
    group.spawn(meet(barrier, journal, "b"));
    co_await yield_now();
    first.cancel();
    CHECK(barrier.waiting() == 1);
    CHECK_FALSE(barrier.broken());
    group.spawn(meet(barrier, journal, "c"));
    group.spawn(meet(barrier, journal, "d"));
    co_await group.join();
    CHECK(journal.text() == "d2 b0 c1");
  });
}

TEST_CASE("a waiter that is let go on and cancelled in one turn gets its index") {
  run_virtual([]() -> Task<> {
    Barrier barrier(2);
    Journal journal;
    TaskGroup group;
    JoinHandle<void> waiting = group.spawn(meet(barrier, journal, "a"));
    co_await yield_now();
    co_await barrier.wait();
    waiting.cancel();
    co_await group.join();
    CHECK(journal.text() == "a0");
    CHECK(barrier.waiting() == 0);
  });
}

TEST_CASE("a party that comes in the turn of a cancellation waits for another") {
  run_virtual([]() -> Task<> {
    Barrier barrier(2);
    Journal journal;
    TaskGroup group;
    JoinHandle<void> waiting = group.spawn(meet(barrier, journal, "a"));
    co_await yield_now();
    waiting.cancel();
    group.spawn(meet(barrier, journal, "b"));
    co_await yield_now();
    co_await yield_now();
    CHECK(journal.text().empty());
    CHECK(barrier.waiting() == 1);
    co_await meet(barrier, journal, "c");
    co_await group.join();
    CHECK(journal.text() == "c1 b0");
  });
}

TEST_CASE("aborting a barrier breaks it for those who wait and those who come") {
  run_virtual([]() -> Task<> {
    Barrier barrier(2);
    Journal journal;
    TaskGroup group;
    group.spawn(meet(barrier, journal, "a"));
    co_await yield_now();
    barrier.abort();
    barrier.abort();
    CHECK(barrier.broken());
    CHECK(barrier.waiting() == 0);
    co_await meet(barrier, journal, "b");
    co_await group.join();
    CHECK(journal.text() == "b! a!");
  });
}

TEST_CASE("resetting a barrier sends those who wait away, and makes it whole") {
  run_virtual([]() -> Task<> {
    Barrier barrier(2);
    Journal journal;
    TaskGroup group;
    group.spawn(meet(barrier, journal, "a"));
    co_await yield_now();
    barrier.reset();
    CHECK(barrier.waiting() == 0);
    co_await group.join();
    barrier.abort();
    barrier.reset();
    CHECK_FALSE(barrier.broken());
    group.spawn(meet(barrier, journal, "b"));
    group.spawn(meet(barrier, journal, "c"));
    co_await group.join();
    CHECK(journal.text() == "a! c1 b0");
  });
}

TEST_CASE("who was let go on does so though the barrier is aborted in the same turn") {
  run_virtual([]() -> Task<> {
    Barrier barrier(2);
    Journal journal;
    TaskGroup group;
    group.spawn(meet(barrier, journal, "a"));
    co_await yield_now();
    co_await barrier.wait();
    barrier.abort();
    co_await group.join();
    CHECK(journal.text() == "a0");
  });
}

#ifndef NDEBUG
TEST_CASE("a barrier that is destroyed while a task waits at it dies loudly") {
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      auto barrier = std::make_unique<Barrier>(2);
      TaskGroup group;
      group.spawn([&]() -> Task<> { co_await barrier->wait(); });
      co_await yield_now();
      barrier.reset();
      co_await group.join();
    });
  }));
}
#endif

}  // namespace
}  // namespace penstock::test
