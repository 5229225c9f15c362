// Condition: waiting, with a lock, for what another task does under the same lock.
//
//   auto guard = co_await lock.acquire();
//   co_await condition.wait(guard, [&] { return !items.empty(); });
//   … items is ours here …
//
// wait() lets go of the lock, waits for a notification, and takes the lock again. Whatever comes
// out of it, a value or Cancelled, the guard holds the lock, as in asyncio.
//
// A notification is for those who wait now; nobody remembers it. One that meets a waiter whose wait
// was just cancelled goes to the next; a waiter that was notified first returns normally even when
// it is cancelled in the same turn, and the cancellation meets its next suspension. So none is
// lost.
#pragma once

#include <cassert>
#include <concepts>
#include <functional>
#include <limits>

#include "penstock/async/lock.hpp"
#include "penstock/async/task.hpp"

namespace penstock::async {

class Condition {
 public:
  /// REQUIRES: `lock` outlives it.
  explicit Condition(Lock& lock) noexcept : lock_(lock) {}
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;
  ~Condition() { assert(waiters_.empty() && "a condition is destroyed while tasks wait for it"); }

  /// Waits for one notification. REQUIRES: `guard` holds the lock of this condition, and outlives
  /// the wait. Order: first come, first notified. Cancellation: the wait ends at once, but
  /// Cancelled is thrown only once the lock is held again, for which it waits out of reach of
  /// cancellation.
  Task<> wait(Lock::Guard& guard, std::source_location where = std::source_location::current());

  /// Waits until `predicate()`, which is asked under the lock, at once and after each notification.
  /// Cancellation: the same; when `predicate()` holds, it returns.
  template <std::predicate Predicate>
  Task<> wait(Lock::Guard& guard, Predicate predicate,
              std::source_location where = std::source_location::current()) {
    while (!std::invoke(predicate)) co_await wait(guard, where);
  }

  /// Wakes so many of those who wait. Each goes on when it gets the lock. REQUIRES: the running
  /// task holds the lock.
  void notify(std::size_t count) noexcept;
  void notify_one() noexcept { notify(1); }
  void notify_all() noexcept { notify(std::numeric_limits<std::size_t>::max()); }

 private:
  class Notified final : public Waiter {
   public:
    explicit Notified(Condition& condition) noexcept : condition_(condition) {}
    bool await_ready() noexcept { return cancelled_on_entry(); }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
      suspend(handle);
      condition_.waiters_.push_back(*this);
    }
    void await_resume() const { throw_if_cancelled(); }

   private:
    void on_cancel() noexcept override {
      unlink();
      wake_cancelled();
    }
    Condition& condition_;
  };

  Lock& lock_;
  IntrusiveList<Notified> waiters_;
};

}  // namespace penstock::async
