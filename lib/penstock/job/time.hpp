// Time as it stands in Redis, envelopes and environments: Unix seconds with decimals, as text.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace penstock::job {

/// Wall-clock time as envelopes carry it; the clock that counts is Redis' own.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;

/// Seconds with three decimals. REQUIRES: not negative.
std::string seconds_text(std::chrono::milliseconds time);
inline std::string seconds_text(Time time) {
  return seconds_text(time.time_since_epoch());
}

/// What Redis wrote: decimals beyond milliseconds are cut off; zero for what is no number. What is
/// farther off than the year 33658, such as a score of +inf, is that far off.
std::chrono::milliseconds parse_seconds(std::string_view text);
inline Time parse_unix_time(std::string_view text) {
  return Time(parse_seconds(text));
}

}  // namespace penstock::job
