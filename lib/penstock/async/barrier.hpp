// Barrier: a number of tasks wait for each other, and go on together. Then it starts anew.
//
// A waiter that is cancelled has not come: the barrier stays usable and waits for another in its
// place, as asyncio's does. Whoever cannot go on without the one that left calls abort().
//
//   filling ── the last of `parties` comes ──► filling: those who waited go on
//      │ abort()              ▲
//      ▼                      │ reset()
//   broken: who waits or comes throws BrokenBarrier
#pragma once

#include <cassert>
#include <cstddef>
#include <stdexcept>

#include "penstock/async/waiter.hpp"

namespace penstock::async {

/// The barrier was aborted, or it was reset while the task waited.
class BrokenBarrier : public std::runtime_error {
 public:
  BrokenBarrier() : std::runtime_error("the barrier is broken") {}
};

class Barrier {
 public:
  /// REQUIRES: parties > 0.
  explicit Barrier(std::size_t parties) noexcept : parties_(parties) { assert(parties > 0); }
  Barrier(const Barrier&) = delete;
  Barrier& operator=(const Barrier&) = delete;
  ~Barrier() { assert(waiters_.empty() && "a barrier is destroyed while tasks wait at it"); }

  class [[nodiscard]] Wait;

  /// Waits until all parties have come; the last one does not wait. Returns 0 to parties - 1, each
  /// once: the order in which those who go on together came. Errors: BrokenBarrier. Cancellation:
  /// at once, as if it had not come; a task that was let go on gets its index.
  Wait wait() noexcept;

  /// Breaks the barrier, for those who wait and for all who come. Idempotent.
  void abort() noexcept {
    broken_ = true;
    dismiss();
  }

  /// Sends those who wait away with BrokenBarrier; the barrier is empty, and whole again.
  void reset() noexcept {
    broken_ = false;
    dismiss();
  }

  bool broken() const noexcept { return broken_; }
  std::size_t parties() const noexcept { return parties_; }
  /// How many wait.
  std::size_t waiting() const noexcept { return waiting_; }

 private:
  class Awaiter final : public Waiter {
   public:
    explicit Awaiter(Barrier& barrier) noexcept : barrier_(barrier) {}
    bool await_ready() noexcept {
      if (cancelled_on_entry() || barrier_.broken_) return true;
      if (barrier_.waiting_ + 1 < barrier_.parties_) return false;
      barrier_.let_go_on();
      index_ = barrier_.parties_ - 1;
      return true;
    }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
      suspend(handle);
      barrier_.waiters_.push_back(*this);
      ++barrier_.waiting_;
    }
    std::size_t await_resume() const {
      throw_if_cancelled();
      if (index_ == kNone) throw BrokenBarrier();
      return index_;
    }

   private:
    friend class Barrier;
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    void on_cancel() noexcept override {
      unlink();
      --barrier_.waiting_;
      wake_cancelled();
    }
    Barrier& barrier_;
    std::size_t index_ = kNone;
  };

  void let_go_on() noexcept {
    for (std::size_t index = 0; !waiters_.empty(); ++index) {
      waiters_.front().index_ = index;
      waiters_.pop_front().wake();
    }
    waiting_ = 0;
  }

  void dismiss() noexcept {
    while (!waiters_.empty()) waiters_.pop_front().wake();
    waiting_ = 0;
  }

  const std::size_t parties_;
  IntrusiveList<Awaiter> waiters_;
  std::size_t waiting_ = 0;
  bool broken_ = false;
};

class Barrier::Wait {
 public:
  explicit Wait(Barrier& barrier) noexcept : barrier_(&barrier) {}
  auto operator co_await() const noexcept { return Awaiter(*barrier_); }

 private:
  Barrier* barrier_;
};

inline Barrier::Wait Barrier::wait() noexcept {
  return Wait(*this);
}

}  // namespace penstock::async
