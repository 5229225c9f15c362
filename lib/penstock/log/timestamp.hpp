// A line's time as text.
#pragma once

#include <chrono>
#include <string>

namespace penstock::log {

/// RFC 3339 in UTC, to the microsecond: `2025-11-25T17:12:03.000042Z`.
void append_rfc3339(std::string& out, std::chrono::system_clock::time_point time);

/// What a person at a terminal wants: `17:12:03.042`, local time.
void append_time_of_day(std::string& out, std::chrono::system_clock::time_point time);

}  // namespace penstock::log
