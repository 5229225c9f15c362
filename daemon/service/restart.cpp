#include "daemon/service/restart.hpp"

#include "daemon/service/lanes.hpp"

namespace penstock::service {
namespace {

bool same_place(const config::RedisConfig& a, const config::RedisConfig& b) {
  return redis::to_string(a.address) == redis::to_string(b.address) && a.database == b.database;
}

bool same_password(const config::RedisConfig& a, const config::RedisConfig& b) {
  const bool by_file = !a.password_file.empty() || !b.password_file.empty();
  return by_file || a.password == b.password;
}

bool same_pacing(const async::Backoff& a, const async::Backoff& b) {
  return a.base == b.base && a.max == b.max;
}

bool same_breaker(const async::CircuitBreaker::Settings& a,
                  const async::CircuitBreaker::Settings& b) {
  return a.failures == b.failures && a.reset == b.reset;
}

}  // namespace

std::vector<std::string_view> keys_for_next_start(const config::Config& in_force,
                                                  const config::Config& wanted) {
  std::vector<std::string_view> keys;
  const auto compare = [&keys](std::string_view key, bool same) {
    if (!same) keys.push_back(key);
  };
  const config::RedisConfig& a = in_force.redis;
  const config::RedisConfig& b = wanted.redis;
  compare("instance", instance_name(in_force) == instance_name(wanted));
  compare("redis.url", same_place(a, b));
  compare("redis.username", a.username == b.username);
  compare("redis.password", same_password(a, b));
  compare("redis.password_file", a.password_file == b.password_file);
  compare("redis.connect_timeout", a.connect_timeout == b.connect_timeout);
  compare("redis.retry", same_pacing(a.retry, b.retry));
  compare("redis.breaker", same_breaker(a.breaker, b.breaker));
  compare("log.format", in_force.log.format == wanted.log.format);
  return keys;
}

}  // namespace penstock::service
