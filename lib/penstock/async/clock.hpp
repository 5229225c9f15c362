// The loop's clock. Durations are monotonic; wall-clock time belongs to Redis and to log lines.
#pragma once

#include <chrono>

namespace penstock::async {

using Clock = std::chrono::steady_clock;
using Duration = Clock::duration;
using TimePoint = Clock::time_point;

/// `from + delay`, or TimePoint::max() where the clock cannot count so far: a delay of
/// Duration::max() means for ever.
constexpr TimePoint later(TimePoint from, Duration delay) noexcept {
  return delay > TimePoint::max() - from ? TimePoint::max() : from + delay;
}

}  // namespace penstock::async
