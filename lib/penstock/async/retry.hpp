// Trying again: how long to wait, and what deserves it.
#pragma once

#include <algorithm>
#include <cmath>
#include <exception>
#include <functional>
#include <random>
#include <type_traits>

#include "penstock/async/retry_budget.hpp"
#include "penstock/async/sleep.hpp"

namespace penstock::async {

/// Exponential backoff with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter",
/// 2015): attempt n waits a random time between zero and min(max, base * 2^n), so that a crowd of
/// clients does not return in step.
struct Backoff {
  Duration base = std::chrono::milliseconds(100);
  Duration max = std::chrono::seconds(5);

  /// The most that attempt `n` (0 is the first retry) may wait. Does not overflow.
  Duration ceiling(unsigned n) const noexcept {
    const double grown =
        std::ldexp(static_cast<double>(base.count()), static_cast<int>(std::min(n, 1000U)));
    return grown < static_cast<double>(max.count()) ? Duration(static_cast<Duration::rep>(grown))
                                                    : max;
  }

  template <class Random>
  Duration wait(unsigned n, Random& random) const {
    return Duration(std::uniform_int_distribution<Duration::rep>(0, ceiling(n).count())(random));
  }
};

/// Base, beside std::exception, of an error that says itself how long to wait; retry() waits at
/// least so long.
class RetryAfter {
 public:
  explicit RetryAfter(Duration delay) noexcept : delay_(delay) {}
  virtual ~RetryAfter() = default;
  Duration retry_after() const noexcept { return delay_; }

 private:
  Duration delay_;
};

struct RetryPolicy {
  unsigned attempts = 3;  // in all, the first included, which is always made
  Backoff backoff;
  /// Which errors deserve another attempt; all, if empty.
  std::function<bool(const std::exception&)> retryable;
  /// Shared by all who call the same server; none, if null. It counts a success, and each failure
  /// that deserves another attempt, but no cancellation. REQUIRES: outlives what runs by the
  /// policy.
  RetryBudget* budget = nullptr;
};

namespace detail {

inline void note_success(const RetryPolicy& policy) noexcept {
  if (policy.budget != nullptr) policy.budget->success();
}

/// Whether another attempt may follow this failure, which the budget hears of.
inline bool may_retry(const RetryPolicy& policy, unsigned attempt, const std::exception& error) {
  if (policy.retryable && !policy.retryable(error)) return false;
  if (policy.budget != nullptr) policy.budget->failure();
  if (policy.budget != nullptr && !policy.budget->allows_retry()) return false;
  return attempt + 1 < policy.attempts;
}

}  // namespace detail

/// Calls `operation` (which returns a Task) until it succeeds. Errors: the last one, when the
/// attempts or the budget are used up, when it is not retryable or not a std::exception, or when
/// the wait would outlast the deadline around it. Cancellation: never retried; at once in the
/// waits. REQUIRES: `random`, a uniform random bit generator, outlives the task.
template <class Operation, class Random>
std::invoke_result_t<Operation&> retry(RetryPolicy policy, Operation operation, Random& random) {
  using T = typename std::invoke_result_t<Operation&>::value_type;
  for (unsigned attempt = 0;; ++attempt) {
    Duration wait{};
    try {
      if constexpr (std::is_void_v<T>) {
        co_await operation();
        co_return detail::note_success(policy);
      } else {
        T result = co_await operation();
        detail::note_success(policy);
        co_return std::forward<T>(result);
      }
    } catch (const std::exception& error) {
      if (!detail::may_retry(policy, attempt, error)) throw;
      wait = policy.backoff.wait(attempt, random);
      if (const auto* asks = dynamic_cast<const RetryAfter*>(&error))
        wait = std::max(wait, asks->retry_after());
      const TimePoint deadline = current_deadline();
      if (deadline != TimePoint::max() && deadline - Loop::current().now() <= wait) throw;
    }
    co_await sleep(wait);
  }
}

}  // namespace penstock::async
