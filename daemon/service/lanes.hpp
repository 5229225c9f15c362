// From what the configuration says to what the job floor is told.
#pragma once

#include "daemon/config/model.hpp"
#include "penstock/job/instance.hpp"

namespace penstock::service {

job::InstanceOptions instance_options(const config::Config& config);

redis::Options redis_options(const config::RedisConfig& config, std::string client_name);

/// The longest that a stop may take: running jobs have the shutdown timeout, then their grace.
std::chrono::milliseconds longest_stop(const config::Config& config);

/// The configured name, or the host's.
std::string instance_name(const config::Config& config);

}  // namespace penstock::service
