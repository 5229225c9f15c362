// What a reload cannot change: the name, the Redis and the log's format last for the daemon's life.
#pragma once

#include <string_view>
#include <vector>

#include "daemon/config/model.hpp"

namespace penstock::service {

/// The keys, by their paths in the file, that `wanted` has otherwise than `in_force` and that take
/// effect at the next start only. A password file's content is none: each connection reads it anew.
std::vector<std::string_view> keys_for_next_start(const config::Config& in_force,
                                                  const config::Config& wanted);

}  // namespace penstock::service
