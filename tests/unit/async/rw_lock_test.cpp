#include "penstock/async/rw_lock.hpp"

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

Task<> read(RWLock& lock, Journal& journal, std::string name) {
  const auto guard = co_await lock.read();
  journal(name + '(');
  co_await yield_now();
  journal(')' + name);
}

Task<> write(RWLock& lock, Journal& journal, std::string name) {
  const auto guard = co_await lock.write();
  journal(name + '(');
  co_await yield_now();
  journal(')' + name);
}

TEST_CASE("readers share the lock, and a writer has it alone") {
  run_virtual([]() -> Task<> {
    RWLock lock;
    Journal journal;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn(read(lock, journal, "a"));
      group.spawn(read(lock, journal, "b"));
      group.spawn(write(lock, journal, "W"));
      co_return;
    });
    CHECK(journal.text() == "a( b( )a )b W( )W");
    CHECK_FALSE(lock.locked());
  });
}

TEST_CASE("late readers queue behind a waiting writer, and then go in together") {
  run_virtual([]() -> Task<> {
    RWLock lock;
    Journal journal;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn(read(lock, journal, "a"));
      group.spawn(write(lock, journal, "W"));
      group.spawn(read(lock, journal, "b"));
      group.spawn(read(lock, journal, "c"));
      group.spawn(write(lock, journal, "X"));
      group.spawn(read(lock, journal, "d"));
      co_return;
    });
    CHECK(journal.text() == "a( )a W( )W b( c( )b )c X( )X d( )d");
  });
}

TEST_CASE("a writer that is cancelled while it waits lets the readers behind it in") {
  run_virtual([]() -> Task<> {
    RWLock lock;
    Journal journal;
    const auto inside = lock.try_read();
    TaskGroup group;
    JoinHandle<void> writer = group.spawn(write(lock, journal, "W"));
    group.spawn(read(lock, journal, "b"));
    group.spawn(read(lock, journal, "c"));
    co_await yield_now();
    CHECK(lock.readers() == 1);
    writer.cancel();
    CHECK(lock.readers() == 3);
    co_await group.join();
    CHECK(journal.text() == "b( c( )b )c");
    CHECK(lock.readers() == 1);
  });
}

TEST_CASE("a writer that is cancelled after it was let in hands the lock on") {
  run_virtual([]() -> Task<> {
    RWLock lock;
    Journal journal;
    auto inside = lock.try_read();
    TaskGroup group;
    JoinHandle<void> writer = group.spawn(write(lock, journal, "W"));
    group.spawn(read(lock, journal, "b"));
    co_await yield_now();
    inside.release();
    writer.cancel();
    co_await group.join();
    CHECK(journal.text() == "W( b( )b");
    CHECK_FALSE(lock.locked());
  });
}

TEST_CASE("trying for a share or the whole of a lock never waits") {
  run_virtual([]() -> Task<> {
    RWLock lock;
    {
      const auto reader = lock.try_read();
      const auto second = lock.try_read();
      CHECK(lock.readers() == 2);
      CHECK_FALSE(lock.try_write());
    }
    const auto writer = lock.try_write();
    CHECK(lock.writing());
    CHECK(lock.readers() == 0);
    CHECK_FALSE(lock.try_read());
    CHECK_FALSE(lock.try_write());
    co_return;
  });
}

TEST_CASE("trying for a share does not pass a writer in line") {
  run_virtual([]() -> Task<> {
    RWLock lock;
    Journal journal;
    auto reader = lock.try_read();
    TaskGroup group;
    group.spawn(write(lock, journal, "W"));
    co_await yield_now();
    CHECK_FALSE(lock.try_read());
    reader.release();
    co_await group.join();
    CHECK(lock.try_write());
  });
}

TEST_CASE("nothing of those who wait runs inside the release of a lock") {
  run_virtual([]() -> Task<> {
    RWLock lock;
    Journal journal;
    TaskGroup group;
    {
      const auto guard = co_await lock.write();
      group.spawn(read(lock, journal, "a"));
      co_await yield_now();
    }
    CHECK(journal.text().empty());
    co_await group.join();
    CHECK(journal.text() == "a( )a");
  });
}

#ifndef NDEBUG
TEST_CASE("a writer that asks to read or to write again dies loudly") {
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      RWLock lock;
      const auto guard = co_await lock.write();
      const auto again = co_await with_timeout(1s, lock.write());
    });
  }));
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      RWLock lock;
      const auto guard = co_await lock.write();
      const auto again = co_await with_timeout(1s, lock.read());
    });
  }));
}

TEST_CASE("a lock that is destroyed while somebody reads dies loudly") {
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      auto lock = std::make_unique<RWLock>();
      const auto guard = co_await lock->read();
      lock.reset();
      std::_Exit(0);  // or the guard would die of it
    });
  }));
}
#endif

}  // namespace
}  // namespace penstock::test
