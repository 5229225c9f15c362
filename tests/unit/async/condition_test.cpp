#include "penstock/async/condition.hpp"

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

struct Shared {
  Lock lock;
  Condition condition{lock};
  int items = 0;
  Journal journal;

  /// Waits for one notification, and notes how that went, with the lock held.
  Task<> wait(std::string name) {
    auto guard = co_await lock.acquire();
    try {
      co_await condition.wait(guard);
    } catch (const Cancelled&) {
      CHECK(lock.held_by(guard));
      journal(name + '!');
      throw;
    }
    CHECK(lock.held_by(guard));
    journal(name);
  }

  /// Takes an item as soon as there is one.
  Task<> take(std::string name) {
    auto guard = co_await lock.acquire();
    co_await condition.wait(guard, [this] { return items > 0; });
    --items;
    journal(name);
  }

  void notify(std::size_t count) {
    const auto guard = lock.try_acquire();
    CHECK(guard);
    condition.notify(count);
  }
};

TEST_CASE("a wait lets go of the lock, and has it again when it was notified") {
  run_virtual([]() -> Task<> {
    Shared shared;
    TaskGroup group;
    group.spawn(shared.wait("a"));
    co_await yield_now();
    CHECK_FALSE(shared.lock.locked());
    shared.notify(1);
    CHECK(shared.journal.text().empty());
    co_await group.join();
    CHECK(shared.journal.text() == "a");
    CHECK_FALSE(shared.lock.locked());
  });
}

TEST_CASE("a notification wakes as many as it says, first come, first served") {
  run_virtual([]() -> Task<> {
    Shared shared;
    TaskGroup group;
    for (const char* name : {"a", "b", "c", "d", "e"}) group.spawn(shared.wait(name));
    co_await yield_now();
    shared.notify(2);
    co_await sleep(1s);
    CHECK(shared.journal.text() == "a b");
    shared.notify(1);
    co_await sleep(1s);
    CHECK(shared.journal.text() == "a b c");
    {
      const auto guard = co_await shared.lock.acquire();
      shared.condition.notify_all();
    }
    co_await group.join();
    CHECK(shared.journal.text() == "a b c d e");
  });
}

TEST_CASE("a notification without a waiter is not remembered") {
  run_virtual([]() -> Task<> {
    Shared shared;
    shared.notify(1);
    const Ended ended = co_await swallow(with_timeout(1s, shared.wait("a")));
    CHECK(ended == Ended::kError);
  });
}

TEST_CASE("those who were notified hold the lock one after the other") {
  run_virtual([]() -> Task<> {
    Shared shared;
    TaskGroup group;
    const auto wait_and_hold = [&](std::string name) -> Task<> {
      auto guard = co_await shared.lock.acquire();
      co_await shared.condition.wait(guard);
      shared.journal(name + '(');
      co_await yield_now();
      shared.journal(')' + name);
    };
    group.spawn(wait_and_hold("a"));
    group.spawn(wait_and_hold("b"));
    co_await yield_now();
    shared.notify(2);
    co_await group.join();
    CHECK(shared.journal.text() == "a( )a b( )b");
  });
}

TEST_CASE("a predicate that holds is not waited for") {
  run_virtual([]() -> Task<> {
    Shared shared;
    shared.items = 1;
    const std::uint64_t turns = Loop::current().turns();
    co_await shared.take("a");
    CHECK(Loop::current().turns() == turns);
  });
}

TEST_CASE("a wait with a predicate goes on waiting while that does not hold") {
  run_virtual([]() -> Task<> {
    Shared shared;
    TaskGroup group;
    group.spawn(shared.take("a"));
    group.spawn(shared.take("b"));
    co_await yield_now();
    shared.notify(2);
    co_await sleep(1s);
    CHECK(shared.journal.text().empty());
    shared.items = 1;
    shared.notify(2);
    co_await sleep(1s);
    CHECK(shared.journal.text() == "a");
    shared.items = 1;
    shared.notify(1);
    co_await group.join();
    CHECK(shared.journal.text() == "a b");
  });
}

TEST_CASE("a cancelled wait throws only once it holds the lock again") {
  run_virtual([]() -> Task<> {
    Shared shared;
    TaskGroup group;
    JoinHandle<void> waiting = group.spawn(shared.wait("a"));
    co_await yield_now();
    auto guard = shared.lock.try_acquire();
    waiting.cancel();
    co_await sleep(1s);
    CHECK(shared.journal.text().empty());
    guard.release();
    co_await group.join();
    CHECK(shared.journal.text() == "a!");
    CHECK_FALSE(shared.lock.locked());
  });
}

TEST_CASE("a notification that meets a waiter just cancelled goes to the next") {
  run_virtual([]() -> Task<> {
    Shared shared;
    TaskGroup group;
    JoinHandle<void> first = group.spawn(shared.wait("a"));
    group.spawn(shared.wait("b"));
    co_await yield_now();
    first.cancel();
    shared.notify(1);
    co_await group.join();
    CHECK(shared.journal.text() == "a! b");
  });
}

TEST_CASE("a waiter that was notified and then cancelled in one turn acts on the notification") {
  run_virtual([]() -> Task<> {
    Shared shared;
    TaskGroup group;
    JoinHandle<void> first = group.spawn(shared.take("a"));
    group.spawn(shared.take("b"));
    co_await yield_now();
    shared.items = 1;
    shared.notify(1);
    first.cancel();
    co_await sleep(1s);
    CHECK(shared.journal.text() == "a");
    CHECK(shared.items == 0);
    group.cancel();
    co_await group.join();
  });
}

TEST_CASE("a waiter that is cancelled while it takes the lock again has been notified") {
  run_virtual([]() -> Task<> {
    Shared shared;
    TaskGroup group;
    JoinHandle<void> waiting = group.spawn(shared.wait("a"));
    co_await yield_now();
    {
      const auto guard = shared.lock.try_acquire();
      shared.condition.notify_one();
      co_await sleep(1s);
      waiting.cancel();
      co_await sleep(1s);
    }
    co_await group.join();
    CHECK(shared.journal.text() == "a");
  });
}

TEST_CASE("a wait in a cancelled scope throws, with the lock held") {
  run_virtual([]() -> Task<> {
    Shared shared;
    auto guard = co_await shared.lock.acquire();
    const auto wait = [&]() -> Task<> {
      CancelScope scope;
      scope.cancel();
      co_await shared.condition.wait(guard);
    };
    const Ended ended = co_await swallow(wait());
    CHECK(ended == Ended::kCancelled);
    CHECK(shared.lock.held_by(guard));
  });
}

#ifndef NDEBUG
TEST_CASE("a lock that was taken again by a wait is held since that wait") {
  const auto waited = std::source_location::current().line() + 5;
  const std::string words = last_words([] {
    run_virtual([]() -> Task<> {
      Shared shared;
      auto guard = co_await shared.lock.acquire();
      const Ended ended = co_await swallow(with_timeout(1s, shared.condition.wait(guard)));
      CHECK(ended == Ended::kError);
      const auto again = co_await with_timeout(1s, shared.lock.acquire());
    });
  });
  CHECK_THAT(words, Catch::Contains("condition_test.cpp:" + std::to_string(waited)));
}

TEST_CASE("notifying without the lock dies loudly") {
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      Shared shared;
      shared.condition.notify_one();
      co_return;
    });
  }));
}

TEST_CASE("waiting with the guard of another lock, or with an empty one, dies loudly") {
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      Shared shared;
      Lock other;
      auto guard = co_await other.acquire();
      co_await with_timeout(1s, shared.condition.wait(guard));
    });
  }));
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      Shared shared;
      Lock::Guard empty;
      co_await with_timeout(1s, shared.condition.wait(empty));
    });
  }));
}

TEST_CASE("a condition that is destroyed while a task waits for it dies loudly") {
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      Lock lock;
      auto condition = std::make_unique<Condition>(lock);
      TaskGroup group;
      group.spawn([&]() -> Task<> {
        auto guard = co_await lock.acquire();
        co_await condition->wait(guard);
      });
      co_await yield_now();
      condition.reset();
      co_await group.join();
    });
  }));
}
#endif

}  // namespace
}  // namespace penstock::test
