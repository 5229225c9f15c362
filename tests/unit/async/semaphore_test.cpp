#include "penstock/async/semaphore.hpp"

#include <random>

#include "penstock/async/task_group.hpp"
#include "penstock/async/timeout.hpp"
#include "support/async_death.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;

/// Takes `count` permits, notes the name, and gives them back at once.
Task<> pass(Semaphore& semaphore, Journal& journal, std::string name, std::size_t count = 1) {
  const auto permit = co_await semaphore.acquire(count);
  journal(name);
}

TEST_CASE("free permits are granted without suspending") {
  run_virtual([]() -> Task<> {
    Semaphore semaphore(2);
    const std::uint64_t turns = Loop::current().turns();
    const auto first = co_await semaphore.acquire();
    const auto second = co_await semaphore.acquire();
    CHECK(semaphore.available() == 0);
    CHECK(Loop::current().turns() == turns);
  });
}

TEST_CASE("a permit gives itself back once, wherever it was moved") {
  Semaphore semaphore(3);
  {
    Semaphore::Permit first = semaphore.try_acquire(2);
    Semaphore::Permit second = std::move(first);
    CHECK_FALSE(first);
    first = semaphore.try_acquire();
    std::swap(first, second);
    CHECK(semaphore.available() == 0);
    second.release();
    second.release();
    CHECK(semaphore.available() == 1);
  }
  CHECK(semaphore.available() == 3);
}

TEST_CASE("permits are granted first come, first served, though some waiters are cancelled") {
  run_virtual([]() -> Task<> {
    Semaphore semaphore(0);
    Journal journal;
    TaskGroup group;
    std::vector<JoinHandle<void>> waiting;
    for (const char* name : {"a", "b", "c", "d", "e"}) {
      waiting.push_back(group.spawn(pass(semaphore, journal, name)));
    }
    co_await yield_now();
    waiting[1].cancel();
    semaphore.release();
    waiting[3].cancel();
    co_await group.join();
    CHECK(journal.text() == "a c e");
    CHECK(semaphore.available() == 1);
  });
}

TEST_CASE("a newcomer cannot steal a permit that was handed to a waiter") {
  run_virtual([]() -> Task<> {
    Semaphore semaphore(0);
    Journal journal;
    TaskGroup group;
    group.spawn(pass(semaphore, journal, "waiter"));
    co_await yield_now();
    semaphore.release();
    CHECK_FALSE(semaphore.try_acquire());
    co_await pass(semaphore, journal, "newcomer");
    co_await group.join();
    CHECK(journal.text() == "waiter newcomer");
  });
}

TEST_CASE("a large request at the front holds back the small ones behind it") {
  run_virtual([]() -> Task<> {
    Semaphore semaphore(1);
    Journal journal;
    TaskGroup group;
    group.spawn(pass(semaphore, journal, "large", 2));
    group.spawn(pass(semaphore, journal, "small"));
    co_await yield_now();
    co_await yield_now();
    CHECK(journal.text().empty());
    CHECK_FALSE(semaphore.try_acquire());
    semaphore.release();
    co_await group.join();
    CHECK(journal.text() == "large small");
  });
}

TEST_CASE("when a large request is cancelled, those behind it go ahead") {
  run_virtual([]() -> Task<> {
    Semaphore semaphore(1);
    Journal journal;
    TaskGroup group;
    JoinHandle<void> large = group.spawn(pass(semaphore, journal, "large", 2));
    group.spawn(pass(semaphore, journal, "small"));
    co_await yield_now();
    large.cancel();
    co_await group.join();
    CHECK(journal.text() == "small");
  });
}

TEST_CASE("a granted waiter that is cancelled gives its permit to the next") {
  run_virtual([]() -> Task<> {
    Semaphore semaphore(0);
    Journal journal;
    TaskGroup group;
    JoinHandle<void> first = group.spawn(pass(semaphore, journal, "a"));
    group.spawn(pass(semaphore, journal, "b"));
    co_await yield_now();
    semaphore.release();
    first.cancel();
    co_await group.join();
    CHECK(journal.text() == "a b");
    CHECK(semaphore.available() == 1);
  });
}

/// Acquires at random, is timed out at random, and watches that no more than `limit` are inside.
Task<> contend(Semaphore& semaphore, std::size_t& inside, std::mt19937_64& random) {
  for (int round = 0; round < 20; ++round) {
    const std::size_t count = 1 + random() % 3;
    const auto hold = std::chrono::milliseconds(random() % 4);
    const auto use = [&]() -> Task<> {
      const auto permit = co_await semaphore.acquire(count);
      inside += count;
      CHECK(inside <= 4);
      co_await shield(sleep(hold));
      inside -= count;
    };
    try {
      co_await with_timeout(std::chrono::milliseconds(random() % 6), use());
    } catch (const Timeout&) {
    }
  }
}

TEST_CASE("no permit is lost or doubled in a crowd with timeouts") {
  run_shuffled([](std::uint64_t seed) -> Task<> {
    Semaphore semaphore(4);
    std::size_t inside = 0;
    std::mt19937_64 random(seed);
    co_await task_group([&](TaskGroup& group) -> Task<> {
      for (int i = 0; i < 10; ++i) group.spawn(contend(semaphore, inside, random));
      co_return;
    });
    CHECK(inside == 0);
    CHECK(semaphore.available() == 4);
  });
}

#ifndef NDEBUG
TEST_CASE("a semaphore destroyed while a task waits for it dies loudly") {
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      auto semaphore = std::make_unique<Semaphore>(0);
      TaskGroup group;
      group.spawn([&]() -> Task<> { const auto permit = co_await semaphore->acquire(); });
      co_await yield_now();
      semaphore.reset();
      co_await group.join();
    });
  }));
}
#endif

}  // namespace
}  // namespace penstock::test
