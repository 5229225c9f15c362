// Prefetch: how many jobs a queue may hold beyond those that run.
//
// A round trip to Redis costs the same for one job as for a hundred, so a queue of short jobs wants
// many of them in hand, and a queue of long ones wants few: what is held here cannot be had by
// another instance. Unless the configuration says a number, the queue holds what it finishes in
// kSpan: some ten round trips.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include "penstock/async/clock.hpp"
#include "penstock/job/scripts.hpp"

namespace penstock::job {

class Prefetch {
 public:
  static constexpr async::Duration kSpan = std::chrono::milliseconds(10);
  static constexpr std::size_t kLeast = 10;
  static constexpr std::size_t kMost = scripts::kMaxFetch;

  explicit Prefetch(std::optional<std::size_t> fixed) noexcept : fixed_(fixed) {}

  void configure(std::optional<std::size_t> fixed) noexcept { fixed_ = fixed; }

  std::size_t capacity() const noexcept { return fixed_.value_or(adapted_); }

  void job_finished() noexcept { ++finished_; }

  /// Looks at what has finished since the last look. Called at each fetch.
  void adapt(async::TimePoint now) noexcept {
    const auto elapsed = now - since_;
    if (elapsed < kSpan / 10 && finished_ < adapted_) return;
    const double span = std::chrono::duration<double>(kSpan) /
                        std::max<std::chrono::duration<double>>(elapsed, kSpan / 10);
    const double target = static_cast<double>(finished_) * span;
    const double mean = (static_cast<double>(adapted_) + target) / 2;
    adapted_ = std::clamp(static_cast<std::size_t>(mean), kLeast, kMost);
    since_ = now;
    finished_ = 0;
  }

 private:
  std::optional<std::size_t> fixed_;
  std::size_t adapted_ = kLeast;
  std::size_t finished_ = 0;
  async::TimePoint since_{};
};

}  // namespace penstock::job
