// What the tests of instances share: a Redis, a history of runs, and queues that write it.
#pragma once

#include <catch2/catch.hpp>

#include "support/scenario.hpp"

namespace penstock::test {

using namespace std::chrono_literals;

struct InstanceWorld {
  RedisServer redis;
  History history;
  RedisClient client = redis.client();

  std::string config(const std::string& name, int ms = 0) const {
    return config_on(redis, "  jobs: {concurrency: 4, exec: " + history.exec(ms) + "}",
                     "instance: " + name);
  }
  bool started(const std::string& id, std::size_t times = 1) {
    return eventually([&] { return history.starts_of(id) >= times; });
  }
};

/// Queues a, b, c… with these options.
inline std::string queues(const History& history,
                          const std::vector<std::pair<std::string, std::string>>& named) {
  std::string text;
  for (const auto& [name, options] : named)
    text += "  " + name + ": {" + options + "exec: " + history.exec() + "}\n";
  return text;
}

}  // namespace penstock::test
