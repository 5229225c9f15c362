// The loop's clock. Durations are monotonic; wall-clock time belongs to Redis and to log lines.
#pragma once

#include <chrono>

namespace penstock::async {

using Clock = std::chrono::steady_clock;
using Duration = Clock::duration;
using TimePoint = Clock::time_point;

}  // namespace penstock::async
