// The time of `--at`, as users write it and as Redis takes it.
#pragma once

#include <optional>
#include <string>

#include "penstock/job/ulid.hpp"

namespace penstock::commands {

/// Unix seconds, fraction allowed, or an ISO date and time: local, or UTC with a Z behind it.
/// Nothing if `text` is none of them, or not between 1970 and 9999.
std::optional<job::Time> parse_time(const std::string& text);

/// Unix seconds with three decimals. REQUIRES: not before 1970.
std::string seconds_text(job::Time time);

}  // namespace penstock::commands
