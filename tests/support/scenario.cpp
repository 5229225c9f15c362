#include "support/scenario.hpp"

#include <algorithm>

namespace penstock::test {

std::string config_on(const RedisServer& redis, const std::string& queues, const std::string& top,
                      const std::string& level) {
  return "redis: {url: \"unix://" + redis.socket().string() + "\"}\n" + "log: {level: " + level +
         ", format: json}\n" + top + "\nqueues:\n" + queues + "\n";
}

std::size_t left_in(RedisClient& client, const std::string& queue,
                    const std::vector<std::string>& instances) {
  long long left = client.cmd("LLEN", queue).integer;
  left += client.cmd("ZCARD", queue + ":scheduled").integer;
  left += client.cmd("ZCARD", queue + ":retry").integer;
  for (const std::string& instance : instances) {
    left += client.cmd("HLEN", queue + ":inflight:" + instance).integer;
    for (const std::string& element :
         client.cmd("LRANGE", queue + ":wake:" + instance, 0, -1).texts())
      left += element.starts_with("penstock:wake:") ? 0 : 1;
  }
  return static_cast<std::size_t>(left);
}

int rounds(int full) {
  const char* const wanted = std::getenv("ROUNDS");
  return wanted == nullptr ? full : std::clamp(std::atoi(wanted), 1, full);
}

std::string payload(const std::string& id, const std::string& more) {
  return R"({"id":")" + id + '"' + more + "}";
}

}  // namespace penstock::test
