// RWLock: many readers or one writer, first come, first served.
//
//   arrivals    r1 r2 W r3 r4        r3 and r4 came after W: they queue behind it
//   inside      r1 r2 │ W │ r3 r4    all readers up to the next writer enter together
//
// So neither readers nor writers starve. The price: a task that reads must not ask to read again
// while it does, for a writer may have queued up in between, and both would wait for ever.
//
// A semaphore of which a reader takes one permit, and a writer takes all. Deliberately absent:
// upgrading a read to a write, which two tasks at once can only answer with a deadlock.
#pragma once

#include <cassert>
#include <limits>

#include "penstock/async/exclusive.hpp"

namespace penstock::async {

class RWLock {
 public:
  RWLock() = default;
  RWLock(const RWLock&) = delete;
  RWLock& operator=(const RWLock&) = delete;
  ~RWLock() { assert(!locked() && "a lock is destroyed while it is held"); }

  /// A share of the lock, given back when it is released or dies.
  using ReadGuard = Semaphore::Permit;
  /// The whole lock. Stays with the task that acquired it.
  using WriteGuard = detail::Exclusive;

  class [[nodiscard]] Read;

  /// Waits until no writer is inside or in line before. Errors: a task that writes already dies
  /// loudly. Order: first come, first served. Cancellation: at once; a share that was granted is
  /// delivered.
  Read read(std::source_location where = std::source_location::current()) noexcept;

  /// Waits until nobody is inside. Errors, order, cancellation: the same. When a writer that waits
  /// is cancelled, the readers behind it go in.
  detail::AcquireExclusive write(
      std::source_location where = std::source_location::current()) noexcept {
    return {"a lock for writing", permits_, kAll, writer_, where};
  }

  /// An empty guard when it would have to wait, be it only because somebody is in line before.
  ReadGuard try_read() noexcept { return permits_.try_acquire(); }
  WriteGuard try_write(std::source_location where = std::source_location::current()) noexcept {
    return {writer_, permits_.try_acquire(kAll), where};
  }

  bool locked() const noexcept { return permits_.available() != kAll; }
  bool writing() const noexcept { return permits_.available() == 0; }
  std::size_t readers() const noexcept { return writing() ? 0 : kAll - permits_.available(); }

 private:
  static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

  Semaphore permits_{kAll};
  detail::Holder writer_;
};

class RWLock::Read {
 public:
  Read(RWLock& lock, const std::source_location& where) noexcept : lock_(&lock), where_(where) {}
  auto operator co_await() const noexcept {
    lock_->writer_.refuse_itself("a lock for reading", where_);
    return lock_->permits_.acquire().operator co_await();
  }

 private:
  RWLock* lock_;
  std::source_location where_;
};

inline RWLock::Read RWLock::read(std::source_location where) noexcept {
  return {*this, where};
}

}  // namespace penstock::async
