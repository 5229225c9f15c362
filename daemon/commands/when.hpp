// The time of `--at`, as users write it.
#pragma once

#include <optional>
#include <string>

#include "penstock/job/time.hpp"

namespace penstock::commands {

/// Unix seconds, fraction allowed, or an ISO date and time: local, or UTC with a Z behind it.
/// Nothing if `text` is none of them, or a day or hour that there is not, or not between 1970 and
/// 9999.
std::optional<job::Time> parse_time(const std::string& text);

}  // namespace penstock::commands
