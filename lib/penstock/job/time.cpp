#include "penstock/job/time.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace penstock::job {
namespace {

// The year 33658, in milliseconds. What lies beyond was meant in another unit, and two times may be
// subtracted without a thought.
constexpr double kFarthest = 1e15;

}  // namespace

std::string seconds_text(std::chrono::milliseconds time) {
  const auto count = time.count();
  return std::to_string(count / 1000) + "." + std::to_string(1000 + count % 1000).substr(1);
}

std::chrono::milliseconds parse_seconds(std::string_view text) {
  const double time = std::strtod(std::string(text).c_str(), nullptr) * 1000;
  if (std::isnan(time)) return std::chrono::milliseconds::zero();
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(std::clamp(time, -kFarthest, kFarthest)));
}

}  // namespace penstock::job
