// RateLimiter: so many tokens in so much time, and bursts up to a limit. A token bucket that is
// computed from the loop's clock: nothing refills it in the background, and on virtual time it is
// exact.
//
//   RateLimiter limiter({.tokens = 10, .per = 1s}, 5);
//   co_await limiter.acquire();   // at most 5 at once, and 5 + 10 * s in any s seconds
//
// A client with at most n requests in flight as well holds a Semaphore's permit besides. Tokens are
// spent, not lent: nothing gives them back.
#pragma once

#include <cstdint>

#include "penstock/async/loop.hpp"

namespace penstock::async {

/// REQUIRES: both greater than zero.
struct Rate {
  std::uint32_t tokens;
  Duration per;
};

class RateLimiter : private Timer {
 public:
  /// Starts with a full bucket of `burst` tokens. REQUIRES: burst > 0, and burst * rate.per can be
  /// counted in a Duration, some 292 years.
  RateLimiter(Rate rate, std::uint32_t burst) noexcept;
  ~RateLimiter() override;

  class [[nodiscard]] Acquire;

  /// Waits for `count` tokens and takes them. A large request at the front holds back those behind
  /// it. REQUIRES: count <= burst: there are never more at once. Order: first come, first served.
  /// Cancellation: at once; nothing was taken, and those behind move up. Tokens that were granted
  /// are spent.
  Acquire acquire(std::uint32_t count = 1) noexcept;

  /// Takes `count` tokens, or none and returns false when it would have to wait.
  bool try_acquire(std::uint32_t count = 1) noexcept;

  /// Whole tokens that are there now.
  std::uint32_t available() noexcept;

 private:
  class Awaiter;

  // A level counts 1 / per of a token. One nanosecond adds `tokens` of them: nothing is rounded,
  // except that a waiter wakes on a whole nanosecond and a full bucket keeps no fraction more.
  using Level = std::int64_t;

  static Level capacity(const Rate& rate, std::uint32_t burst) noexcept;
  Level price(std::uint32_t count) const noexcept { return Level{count} * rate_.per.count(); }
  void refill() noexcept;
  bool take(std::uint32_t count) noexcept;
  void grant() noexcept;
  void set_timer(std::uint32_t count);
  void on_timer() noexcept override { grant(); }

  const Rate rate_;
  const Level full_;
  Level level_;
  TimePoint as_of_{};               // when level_ was right
  IntrusiveList<Awaiter> waiters_;  // while there are any, the timer is set for the first
};

class RateLimiter::Awaiter final : public Waiter {
 public:
  Awaiter(RateLimiter& limiter, std::uint32_t count) noexcept : limiter_(limiter), count_(count) {}
  bool await_ready() noexcept { return cancelled_on_entry() || limiter_.try_acquire(count_); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) {
    if (limiter_.waiters_.empty()) limiter_.set_timer(count_);
    suspend(handle);
    limiter_.waiters_.push_back(*this);
  }
  void await_resume() const { throw_if_cancelled(); }

 private:
  friend class RateLimiter;
  void on_cancel() noexcept override {
    unlink();
    wake_cancelled();
    limiter_.grant();  // it may have been a large request in front of small ones
  }
  RateLimiter& limiter_;
  std::uint32_t count_;
};

class RateLimiter::Acquire {
 public:
  Acquire(RateLimiter& limiter, std::uint32_t count) noexcept : limiter_(&limiter), count_(count) {}
  auto operator co_await() const noexcept { return Awaiter(*limiter_, count_); }

 private:
  RateLimiter* limiter_;
  std::uint32_t count_;
};

inline RateLimiter::Acquire RateLimiter::acquire(std::uint32_t count) noexcept {
  return {*this, count};
}

}  // namespace penstock::async
