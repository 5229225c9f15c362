// Waiting for time to pass, and giving way to others.
//
// Each is an awaitable value: `co_await sleep(2s)`. Cancellation: at once. A real sleep is never
// short, and on an idle machine at most a third of a millisecond long.
#pragma once

#include "penstock/async/loop.hpp"

namespace penstock::async {

namespace detail {

class SleepAwaiter final : public Waiter, private Timer {
 public:
  explicit SleepAwaiter(TimePoint due) noexcept : due_(due) {}

  bool await_ready() noexcept { return cancelled_on_entry(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) {
    if (due_ != TimePoint::max()) Loop::current().schedule(*this, due_);
    suspend(handle);
  }
  void await_resume() const { throw_if_cancelled(); }

 private:
  void on_timer() noexcept override { wake(); }
  std::string_view waits_for() const noexcept override { return "time to pass"; }
  void on_cancel() noexcept override {
    if (scheduled()) Loop::current().cancel(*this);
    wake_cancelled();
  }

  TimePoint due_;
};

class YieldAwaiter final : public Waiter {
 public:
  bool await_ready() noexcept { return cancelled_on_entry(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    suspend(handle);
    wake();
  }
  void await_resume() const { throw_if_cancelled(); }

 private:
  void on_cancel() noexcept override {}  // never found suspended: it wakes as it suspends
};

}  // namespace detail

struct [[nodiscard]] Sleep {
  TimePoint due;
  auto operator co_await() const noexcept { return detail::SleepAwaiter(due); }
};

/// Waits until the loop's clock reads `due`; even a past one lets the other tasks run first.
/// TimePoint::max() is never: only cancellation ends it. Order: equal times, in the order of the
/// awaits.
inline Sleep sleep_until(TimePoint due) noexcept {
  return Sleep{due};
}

/// The same, counted from the time of the turn in which it is called.
inline Sleep sleep(Duration duration) {
  return Sleep{later(Loop::current().now(), duration)};
}

struct [[nodiscard]] Yield {
  auto operator co_await() const noexcept { return detail::YieldAwaiter(); }
};

/// Goes to the back of the ready queue: everything that is ready now runs first. I/O and timers are
/// looked at after a few hundred such hops, not between any two.
inline Yield yield_now() noexcept {
  return {};
}

}  // namespace penstock::async
