// What tests of the whole program begin with: a Redis of their own, the history of its jobs, and a
// configuration file that names both.
#pragma once

#include <cstdlib>
#include <string>

#include "support/daemon_process.hpp"
#include "support/eventually.hpp"
#include "support/history.hpp"
#include "support/redis_server.hpp"

namespace penstock::test {

/// A configuration on `redis`, its log in JSON. `queues` are indented by two; `top` are further
/// keys of the file.
std::string config_on(const RedisServer& redis, const std::string& queues,
                      const std::string& top = "instance: one", const std::string& level = "info");

/// How many jobs stand anywhere in the queue: source, scheduled, retry and what instances hold.
std::size_t left_in(RedisClient& client, const std::string& queue,
                    const std::vector<std::string>& instances = {"one"});

/// `full` rounds, or as many as ROUNDS in the environment says if those are fewer.
int rounds(int full);

/// {"id":ID} with more members: `,"ms":5`.
std::string payload(const std::string& id, const std::string& more = "");

}  // namespace penstock::test
