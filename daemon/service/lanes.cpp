#include "daemon/service/lanes.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "daemon/handlers/exec.hpp"
#include "daemon/handlers/noop.hpp"

namespace penstock::service {
namespace {

// For outcomes that Redis has not taken yet, and for what can never be reckoned.
constexpr std::chrono::seconds kLastWords{15};

/// Read anew for each connection: a rotated password needs no restart.
std::string read_password(const std::filesystem::path& path) {
  const auto password = config::read_secret_file(path);
  if (!password)
    throw std::runtime_error("password_file " + path.string() + " " + password.error());
  return password->expose();
}

std::shared_ptr<job::Handler> handler_of(const config::QueueConfig& queue) {
  if (const auto* exec = std::get_if<config::ExecHandler>(&queue.handler)) {
    return std::make_shared<handlers::ExecHandler>(*exec, queue.output_level);
  }
  return std::make_shared<handlers::NoopHandler>(std::get<config::NoopHandler>(queue.handler).wait);
}

std::shared_ptr<const job::LaneOptions> lane_options(const config::QueueConfig& queue) {
  job::LaneOptions lane;
  lane.name = queue.name;
  lane.source = queue.list;
  lane.pop = queue.pop;
  lane.handler = handler_of(queue);
  lane.concurrency = queue.concurrency;
  lane.buffer = queue.buffer;
  lane.priority = queue.priority;
  lane.weight = queue.weight;
  lane.timeout = queue.timeout;
  lane.expires = queue.expires;
  lane.retry = queue.retry;
  lane.breaker = queue.breaker;
  lane.outcomes = queue.outcomes;
  lane.dead = queue.dead;
  lane.result = queue.result;
  lane.crashes = queue.crashes;
  lane.max_payload = queue.max_payload;
  return std::make_shared<const job::LaneOptions>(std::move(lane));
}

}  // namespace

std::chrono::milliseconds longest_stop(const config::Config& config) {
  std::chrono::milliseconds grace{};
  for (const config::QueueConfig& queue : config.queues) {
    if (const auto* exec = std::get_if<config::ExecHandler>(&queue.handler))
      grace = std::max(grace, exec->grace);
  }
  return config.shutdown_timeout + grace + kLastWords;
}

std::string instance_name(const config::Config& config) {
  if (!config.instance.empty()) return config.instance;
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return host.data();
}

redis::Options redis_options(const config::RedisConfig& config, std::string client_name) {
  redis::Options options;
  options.address = config.address;
  options.database = config.database;
  options.username = config.username;
  options.password = config.password.expose();
  if (!config.password_file.empty()) {
    options.read_password = [path = config.password_file] { return read_password(path); };
  }
  options.connect_timeout = config.connect_timeout;
  options.retry = config.retry;
  options.breaker = config.breaker;
  options.client_name = std::move(client_name);
  return options;
}

job::InstanceOptions instance_options(const config::Config& config) {
  job::InstanceOptions options;
  options.name = instance_name(config);
  options.redis = redis_options(config.redis, {});
  options.concurrency = config.concurrency;
  options.shutdown_timeout = config.shutdown_timeout;
  for (const config::QueueConfig& queue : config.queues)
    options.lanes.push_back(lane_options(queue));
  return options;
}

}  // namespace penstock::service
