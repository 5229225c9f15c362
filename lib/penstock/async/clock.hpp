// The loop's clock. Durations are monotonic; wall-clock time belongs to Redis and to log lines.
#pragma once

#include <chrono>

namespace penstock::async {

using Clock = std::chrono::steady_clock;
using Duration = Clock::duration;
using TimePoint = Clock::time_point;

/// `from + delay`, or TimePoint::max() where the clock cannot count so far: a delay of
/// Duration::max() means for ever, and so does one in a coarser unit that is too long for Duration.
template <class Rep, class Period>
constexpr TimePoint later(TimePoint from, std::chrono::duration<Rep, Period> delay) noexcept {
  const auto longest =
      std::chrono::floor<std::chrono::duration<Rep, Period>>(TimePoint::max() - from);
  return delay > longest ? TimePoint::max() : from + delay;
}

}  // namespace penstock::async
