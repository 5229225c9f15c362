// Event: a flag that tasks can wait for. Setting it wakes all who wait; it stays set until cleared.
// A waiter that was woken goes on even if the event is cleared before it runs. An event destroyed
// while tasks wait for it dies loudly.
#pragma once

#include "penstock/async/waiter.hpp"

namespace penstock::async {

class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { detail::destroy_unawaited("an event", waiters_); }

  bool is_set() const noexcept { return set_; }
  void set() noexcept {
    set_ = true;
    while (!waiters_.empty()) waiters_.pop_front().wake();
  }
  void clear() noexcept { set_ = false; }
  /// True when somebody would be woken, not counting those whose wait was cancelled.
  bool awaited() const noexcept { return !waiters_.empty(); }

  class [[nodiscard]] Wait;

  /// Returns at once when the event is set. Order: waiters wake in the order they came.
  /// Cancellation: at once.
  Wait wait() noexcept;

 private:
  class Awaiter final : public Waiter {
   public:
    explicit Awaiter(Event& event) noexcept : event_(event) {}
    bool await_ready() noexcept { return cancelled_on_entry() || event_.set_; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
      suspend(handle);
      event_.waiters_.push_back(*this);
    }
    void await_resume() const { throw_if_cancelled(); }

   private:
    std::string_view waits_for() const noexcept override { return "an event"; }
    void on_cancel() noexcept override {
      unlink();
      wake_cancelled();
    }
    Event& event_;
  };

  IntrusiveList<Awaiter> waiters_;
  bool set_ = false;
};

class Event::Wait {
 public:
  explicit Wait(Event& event) noexcept : event_(&event) {}
  auto operator co_await() const noexcept { return Awaiter(*event_); }

 private:
  Event* event_;
};

inline Event::Wait Event::wait() noexcept {
  return Wait(*this);
}

}  // namespace penstock::async
