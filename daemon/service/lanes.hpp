// From what the configuration says to what the job floor is told.
#pragma once

#include "daemon/config/model.hpp"
#include "penstock/job/instance.hpp"

namespace penstock::service {

job::InstanceOptions instance_options(const config::Config& config);

redis::Options redis_options(const config::RedisConfig& config, std::string client_name);

/// The configured name, or the host's.
std::string instance_name(const config::Config& config);

}  // namespace penstock::service
