// Semaphore: a number of permits, granted first come, first served.
//
// A released permit is handed to the first waiter directly, so that a newcomer cannot steal it. A
// waiter that is cancelled after it was granted gets its permit; the Permit gives it back as it
// dies.
#pragma once

#include <cstddef>
#include <utility>

#include "penstock/async/waiter.hpp"

namespace penstock::async {

class Semaphore {
 public:
  explicit Semaphore(std::size_t permits) noexcept : available_(permits) {}
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;
  ~Semaphore() { detail::destroy_unawaited("a semaphore", waiters_); }

  class [[nodiscard]] Permit {
   public:
    Permit() = default;
    Permit(Semaphore& semaphore, std::size_t count) noexcept
        : semaphore_(&semaphore), count_(count) {}
    Permit(Permit&& other) noexcept
        : semaphore_(std::exchange(other.semaphore_, nullptr)), count_(other.count_) {}
    Permit& operator=(Permit&& other) noexcept {
      std::swap(semaphore_, other.semaphore_);
      std::swap(count_, other.count_);
      return *this;
    }
    ~Permit() { release(); }

    void release() noexcept {
      if (semaphore_ != nullptr) std::exchange(semaphore_, nullptr)->release(count_);
    }
    explicit operator bool() const noexcept { return semaphore_ != nullptr; }

   private:
    Semaphore* semaphore_ = nullptr;
    std::size_t count_ = 0;
  };

  class [[nodiscard]] Acquire;

  /// Waits for `count` permits at once. A large request at the front holds back those behind it;
  /// one for more than there will ever be waits until it is cancelled. Order: first come, first
  /// served. Cancellation: at once; a granted permit is delivered.
  Acquire acquire(std::size_t count = 1) noexcept;

  /// An empty Permit when it would have to wait.
  Permit try_acquire(std::size_t count = 1) noexcept {
    if (!waiters_.empty() || available_ < count) return {};
    available_ -= count;
    return {*this, count};
  }

  /// Adds permits. Those of a Permit return by themselves.
  void release(std::size_t count = 1) noexcept {
    available_ += count;
    grant();
  }

  std::size_t available() const noexcept { return available_; }

 private:
  class Awaiter final : public Waiter {
   public:
    Awaiter(Semaphore& semaphore, std::size_t count) noexcept
        : semaphore_(semaphore), count_(count) {}
    bool await_ready() noexcept {
      if (cancelled_on_entry()) return true;
      permit_ = semaphore_.try_acquire(count_);
      return static_cast<bool>(permit_);
    }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
      suspend(handle);
      semaphore_.waiters_.push_back(*this);
    }
    Permit await_resume() {
      throw_if_cancelled();
      return std::move(permit_);
    }

   private:
    friend class Semaphore;
    std::string_view waits_for() const noexcept override { return "a permit"; }
    void on_cancel() noexcept override {
      unlink();
      wake_cancelled();
      semaphore_.grant();  // it may have been a large request in front of small ones
    }
    Semaphore& semaphore_;
    std::size_t count_;
    Permit permit_;
  };

  void grant() noexcept {
    while (!waiters_.empty() && waiters_.front().count_ <= available_) {
      Awaiter& first = waiters_.pop_front();
      available_ -= first.count_;
      first.permit_ = Permit(*this, first.count_);
      first.wake();
    }
  }

  std::size_t available_;
  IntrusiveList<Awaiter> waiters_;
};

class Semaphore::Acquire {
 public:
  Acquire(Semaphore& semaphore, std::size_t count) noexcept
      : semaphore_(&semaphore), count_(count) {}
  auto operator co_await() const noexcept { return Awaiter(*semaphore_, count_); }

 private:
  Semaphore* semaphore_;
  std::size_t count_;
};

inline Semaphore::Acquire Semaphore::acquire(std::size_t count) noexcept {
  return {*this, count};
}

}  // namespace penstock::async
