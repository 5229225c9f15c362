// Lock: one task at a time, first come, first served.
//
//   const auto guard = co_await lock.acquire();   // released when `guard` dies
//
// A semaphore of one permit that knows its holder. Between two `co_await`s no other task runs, so
// a lock is only needed to keep others out across one. Releasing hands the lock to the first waiter
// directly: a newcomer cannot steal it, and nothing of the waiter runs inside the release.
//
// Deliberately absent: recursive locking. A task that awaits a lock which it holds dies, with an
// explanation.
#pragma once

#include <cassert>

#include "penstock/async/exclusive.hpp"

namespace penstock::async {

class Lock {
 public:
  Lock() = default;
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() { assert(!locked() && "a lock is destroyed while it is held"); }

  /// The lock, held until it is released or dies. May be moved about, but stays with the task that
  /// acquired it.
  using Guard = detail::Exclusive;

  /// Waits until nobody holds the lock. Errors: a task that holds it already dies loudly. Order:
  /// first come, first served. Cancellation: at once; a lock that was granted is delivered.
  detail::AcquireExclusive acquire(
      std::source_location where = std::source_location::current()) noexcept {
    return {"a lock", permit_, 1, holder_, where};
  }

  /// An empty Guard when it would have to wait.
  Guard try_acquire(std::source_location where = std::source_location::current()) noexcept {
    return {holder_, permit_.try_acquire(), where};
  }

  bool locked() const noexcept { return permit_.available() == 0; }
  bool held_by_this_task() const noexcept { return holder_.is_this_task(); }
  /// True when `guard` holds this lock and no other.
  bool held_by(const Guard& guard) const noexcept { return guard.holds(holder_); }

 private:
  Semaphore permit_{1};
  detail::Holder holder_;
};

}  // namespace penstock::async
