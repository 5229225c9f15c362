// One table for all that a task can wait for: whenever a cancellation comes, the wait gives its
// value or throws Cancelled, never both and never neither; and what was granted is either delivered
// or still there.
#include <optional>

#include "penstock/async/async_generator.hpp"
#include "penstock/async/barrier.hpp"
#include "penstock/async/condition.hpp"
#include "penstock/async/event.hpp"
#include "penstock/async/lifo_queue.hpp"
#include "penstock/async/priority_queue.hpp"
#include "penstock/async/rw_lock.hpp"
#include "penstock/async/task_group.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;

// Each row: attempt() is the wait, grant() lets one attempt succeed, and intact(delivered) asks
// whether all is accounted for after one grant that was delivered or was not.

struct EventRow {
  Event event;
  Task<> attempt() { co_await event.wait(); }
  void grant() { event.set(); }
  bool intact(bool) const { return event.is_set(); }
};

template <std::size_t Count>
struct PermitRow {
  Semaphore semaphore{0};
  Semaphore::Permit held;
  Task<> attempt() { held = co_await semaphore.acquire(Count); }
  void grant() { semaphore.release(Count); }
  bool intact(bool delivered) const {
    return static_cast<bool>(held) == delivered && semaphore.available() == (delivered ? 0 : Count);
  }
};

struct LockRow {
  Lock lock;
  Lock::Guard inside = lock.try_acquire();
  Lock::Guard held;
  Task<> attempt() { held = co_await lock.acquire(); }
  void grant() { inside.release(); }
  bool intact(bool delivered) const {
    return lock.held_by(held) == delivered && lock.locked() == delivered;
  }
};

struct ReadRow {
  RWLock lock;
  RWLock::WriteGuard inside = lock.try_write();
  RWLock::ReadGuard held;
  Task<> attempt() { held = co_await lock.read(); }
  void grant() { inside.release(); }
  bool intact(bool delivered) const {
    return static_cast<bool>(held) == delivered && lock.readers() == (delivered ? 1 : 0) &&
           lock.locked() == delivered;
  }
};

struct WriteRow {
  RWLock lock;
  RWLock::ReadGuard inside = lock.try_read();
  RWLock::WriteGuard held;
  Task<> attempt() { held = co_await lock.write(); }
  void grant() { inside.release(); }
  bool intact(bool delivered) const {
    return static_cast<bool>(held) == delivered && lock.writing() == delivered &&
           lock.locked() == delivered;
  }
};

/// However a wait ends, the lock is held as it does.
struct NotifiedRow {
  Lock lock;
  Condition condition{lock};
  bool notified = false;
  Task<> attempt() {
    Lock::Guard guard = lock.try_acquire();
    try {
      co_await condition.wait(guard);
    } catch (const Cancelled&) {
      CHECK(lock.held_by(guard));
      throw;
    }
    CHECK(lock.held_by(guard));
    notified = true;
  }
  void grant() {
    const Lock::Guard guard = lock.try_acquire();
    condition.notify_one();
  }
  bool intact(bool delivered) const { return notified == delivered && !lock.locked(); }
};

struct BrokenBarrierRow {
  Barrier barrier{2};
  bool saw_break = false;
  Task<> attempt() {
    try {
      co_await barrier.wait();
    } catch (const BrokenBarrier&) {
      saw_break = true;
    }
  }
  void grant() { barrier.abort(); }
  bool intact(bool delivered) const { return saw_break == delivered && barrier.waiting() == 0; }
};

struct GeneratedRow {
  Event event;
  AsyncGenerator<int> generator = generate(event);
  std::optional<int> got;
  static AsyncGenerator<int> generate(Event& awaited) {
    co_await awaited.wait();
    co_yield 7;
  }
  Task<> attempt() { got = co_await generator.next(); }
  void grant() { event.set(); }
  bool intact(bool delivered) const { return got == (delivered ? std::optional(7) : std::nullopt); }
};

struct ByNumber {
  bool operator()(const Tracked& a, const Tracked& b) const { return a.number() < b.number(); }
};

template <class Store>
struct ItemRow {
  Queue<Tracked, Store> queue{1};
  std::optional<Tracked> got;
  Task<> attempt() { got = co_await queue.get(); }
  void grant() { CHECK(queue.try_put(Tracked(7))); }
  bool intact(bool delivered) const {
    return got.has_value() == delivered && queue.size() == (delivered ? 0 : 1) &&
           (!got || got->number() == 7);
  }
};

template <class Store>
struct RoomRow {
  Queue<int, Store> queue{1};
  RoomRow() { CHECK(queue.try_put(1)); }
  Task<> attempt() { co_await queue.put(2); }
  void grant() { CHECK(queue.try_get() == 1); }
  bool intact(bool delivered) {
    return queue.size() == (delivered ? 1 : 0) &&
           queue.try_get() == (delivered ? std::optional(2) : std::nullopt);
  }
};

struct EndOfQueueRow {
  Queue<int> queue{1};
  bool saw_end = false;
  Task<> attempt() { saw_end = !co_await queue.get(); }
  void grant() { queue.close(); }
  bool intact(bool delivered) const { return saw_end == delivered; }
};

struct AllDoneRow {
  Queue<int> queue{1};
  AllDoneRow() {
    CHECK(queue.try_put(1));
    CHECK(queue.try_get() == 1);
  }
  Task<> attempt() { co_await queue.join(); }
  void grant() { queue.task_done(); }
  bool intact(bool) const { return true; }
};

using ItemByPriorityRow = ItemRow<PriorityStore<Tracked, ByNumber>>;

#define ROWS                                                                                       \
  EventRow, PermitRow<1>, PermitRow<3>, LockRow, ReadRow, WriteRow, NotifiedRow, BrokenBarrierRow, \
      GeneratedRow, ItemRow<FifoStore<Tracked>>, ItemByPriorityRow, ItemRow<LifoStore<Tracked>>,   \
      RoomRow<FifoStore<int>>, RoomRow<PriorityStore<int>>, RoomRow<LifoStore<int>>,               \
      EndOfQueueRow, AllDoneRow

/// Starts row.attempt() as a task of `group` and lets it come to its suspension.
template <class Row>
Task<JoinHandle<void>> begin(TaskGroup& group, Row& row, Ended& ended) {
  JoinHandle<void> handle = group.spawn(observe(row.attempt(), ended));
  co_await yield_now();
  co_await yield_now();
  co_return handle;
}

TEMPLATE_TEST_CASE("cancelled before it starts, a wait throws and takes nothing", "", ROWS) {
  run_virtual([]() -> Task<> {
    TestType row;
    row.grant();
    Ended ended = Ended::kNot;
    {
      CancelScope scope;
      scope.cancel();
      co_await swallow(observe(row.attempt(), ended));
    }
    CHECK(ended == Ended::kCancelled);
    CHECK(row.intact(false));
  });
}

TEMPLATE_TEST_CASE("cancelled while it is suspended, a wait throws and a later grant is free", "",
                   ROWS) {
  run_virtual([]() -> Task<> {
    TestType row;
    Ended ended = Ended::kNot;
    TaskGroup group;
    JoinHandle<void> waiting = co_await begin(group, row, ended);
    CHECK(ended == Ended::kNot);
    waiting.cancel();
    co_await group.join();
    CHECK(ended == Ended::kCancelled);
    row.grant();
    CHECK(row.intact(false));
  });
}

TEMPLATE_TEST_CASE("granted and then cancelled in one tick, a wait gives its value", "", ROWS) {
  run_virtual([]() -> Task<> {
    TestType row;
    Ended ended = Ended::kNot;
    TaskGroup group;
    JoinHandle<void> waiting = co_await begin(group, row, ended);
    row.grant();
    waiting.cancel();
    co_await group.join();
    CHECK(ended == Ended::kValue);
    CHECK(row.intact(true));
  });
}

TEMPLATE_TEST_CASE("cancelled and then granted in one tick, a wait throws and takes nothing", "",
                   ROWS) {
  run_virtual([]() -> Task<> {
    TestType row;
    Ended ended = Ended::kNot;
    TaskGroup group;
    JoinHandle<void> waiting = co_await begin(group, row, ended);
    waiting.cancel();
    row.grant();
    co_await group.join();
    CHECK(ended == Ended::kCancelled);
    CHECK(row.intact(false));
  });
}

TEMPLATE_TEST_CASE("cancelled after it completed, a wait has given its value", "", ROWS) {
  run_virtual([]() -> Task<> {
    TestType row;
    Ended ended = Ended::kNot;
    TaskGroup group;
    JoinHandle<void> waiting = co_await begin(group, row, ended);
    row.grant();
    co_await group.join();
    waiting.cancel();
    CHECK(ended == Ended::kValue);
    CHECK(row.intact(true));
  });
}

TEMPLATE_TEST_CASE("a value that was delivered into a cancelled scope is followed by Cancelled", "",
                   ROWS) {
  run_virtual([]() -> Task<> {
    TestType row;
    Ended first = Ended::kNot;
    Ended second = Ended::kNot;
    TaskGroup group;
    auto both = [&]() -> Task<> {
      co_await observe(row.attempt(), first);
      co_await observe(forever(), second);
    };
    JoinHandle<void> waiting = group.spawn(both);
    co_await yield_now();
    row.grant();
    waiting.cancel();
    co_await group.join();
    CHECK(first == Ended::kValue);
    CHECK(second == Ended::kCancelled);
  });
}

TEMPLATE_TEST_CASE("a wait survives a scope that ends around another wait", "", ROWS) {
  run_virtual([]() -> Task<> {
    TestType row;
    Ended ended = Ended::kNot;
    {
      CancelScope scope;
      scope.cancel();
      const Ended inner = co_await swallow(forever());
      CHECK(inner == Ended::kCancelled);
    }
    TaskGroup group;
    co_await begin(group, row, ended);
    row.grant();
    co_await group.join();
    CHECK(ended == Ended::kValue);
  });
}

}  // namespace
}  // namespace penstock::test
