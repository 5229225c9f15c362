// Slots: how many jobs may run at once in this daemon, over all queues.
//
// A free slot goes to the waiting queue of the highest priority. Among queues of one priority the
// slots are shared by weight (stride scheduling, Waldspurger 1995): each grant moves a queue's
// virtual time on by 1/weight, and the one furthest behind is next. Within a queue: first come,
// first served. A higher priority may starve a lower one: that is its meaning.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "penstock/async/waiter.hpp"

namespace penstock::job {

class Slots {
 public:
  class Share;
  class Permit;
  class [[nodiscard]] Acquire;

  /// `on_busy` is called whenever the first slot is taken; it must not throw.
  explicit Slots(std::size_t total, std::function<void()> on_busy = {})
      : free_(total), total_(total), on_busy_(std::move(on_busy)) {}
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;

  /// A smaller total takes hold as slots are given back.
  void resize(std::size_t total) noexcept;

  std::size_t total() const noexcept { return total_; }
  std::size_t taken() const noexcept { return taken_; }

 private:
  class Awaiter;

  bool try_take() noexcept;
  void give_back() noexcept;
  void grant() noexcept;
  Share* next_share() noexcept;

  std::size_t free_;
  std::size_t total_;
  std::size_t taken_ = 0;
  double virtual_time_ = 0;  // of the latest grant: where a queue that was idle joins
  std::vector<Share*> shares_;
  std::function<void()> on_busy_;
};

/// One queue's claim on the slots. Must not outlive the Slots, nor die while its acquire() waits.
class Slots::Share {
 public:
  Share(Slots& slots, int priority, int weight);
  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;
  ~Share();

  void configure(int priority, int weight) noexcept;

  /// An empty permit when it would have to wait.
  Permit try_acquire() noexcept;

  /// Waits for a slot. Cancellation: at once; a slot that was granted is delivered.
  Acquire acquire() noexcept;

 private:
  friend class Slots;

  Slots& slots_;
  int priority_;
  double stride_;
  double virtual_time_ = 0;
  async::IntrusiveList<Awaiter> waiters_;
};

/// One slot, given back as it dies.
class [[nodiscard]] Slots::Permit {
 public:
  Permit() = default;
  explicit Permit(Slots& slots) noexcept : slots_(&slots) {}
  Permit(Permit&& other) noexcept : slots_(std::exchange(other.slots_, nullptr)) {}
  Permit& operator=(Permit&& other) noexcept {
    std::swap(slots_, other.slots_);
    return *this;
  }
  ~Permit() {
    if (slots_ != nullptr) slots_->give_back();
  }
  explicit operator bool() const noexcept { return slots_ != nullptr; }

 private:
  Slots* slots_ = nullptr;
};

class Slots::Awaiter final : public async::Waiter {
 public:
  explicit Awaiter(Share& share) noexcept : share_(share) {}

  bool await_ready() noexcept {
    if (cancelled_on_entry()) return true;
    permit_ = share_.try_acquire();
    return static_cast<bool>(permit_);
  }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    suspend(handle);
    if (share_.waiters_.empty())
      share_.virtual_time_ = std::max(share_.virtual_time_, share_.slots_.virtual_time_);
    share_.waiters_.push_back(*this);
  }
  Permit await_resume() {
    throw_if_cancelled();
    return std::move(permit_);
  }

 private:
  friend class Slots;
  void on_cancel() noexcept override {
    unlink();
    wake_cancelled();
  }

  Share& share_;
  Permit permit_;
};

class Slots::Acquire {
 public:
  explicit Acquire(Share& share) noexcept : share_(&share) {}
  auto operator co_await() const noexcept { return Awaiter(*share_); }

 private:
  Share* share_;
};

inline Slots::Permit Slots::Share::try_acquire() noexcept {
  return slots_.try_take() ? Permit(slots_) : Permit();
}

inline Slots::Acquire Slots::Share::acquire() noexcept {
  return Acquire(*this);
}

}  // namespace penstock::job
