// The register of instances, against a real Redis.
#include "penstock/job/instance_store.hpp"

#include <catch2/catch.hpp>

#include "penstock/job/scripts.hpp"
#include "unit/redis/with_redis.hpp"

namespace penstock::job {
namespace {

using namespace std::chrono_literals;

Identity identity(const std::string& name) {
  return {.instance = name, .token = "token of " + name};
}

/// As if the last heartbeat had come almost a lease ago.
async::Task<> let_run_out_in(redis::Client& client, std::string_view name, std::string_view ms) {
  static const redis::Script script("age", R"(
    local time = redis.call('TIME')
    redis.call('PEXPIRE', KEYS[2], ARGV[2])
    redis.call('ZADD', KEYS[1], string.format('%d.%06d', time[1], time[2]) + ARGV[2] / 1000 - 15, ARGV[1])
  )");
  const InstanceKeys keys(name);
  const std::string instance = keys.instance();
  co_await client.eval(script, std::array<std::string_view, 2>{InstanceKeys::instances(), instance},
                       std::array{name, ms});
}

TEST_CASE("an instance counts as silent only once its name is free") {
  test::RedisServer server;
  test::with_redis(test::options_for(server), [](redis::Client& client) -> async::Task<> {
    InstanceStore store(client);
    co_await store.take(identity("other"), "", {});
    for (int round = 0; round < 100; ++round) {
      REQUIRE(co_await store.take(identity("gone"), "", {}));
      co_await let_run_out_in(client, "gone", "5");
      Beat beat;
      while (beat.silent.empty()) beat = co_await store.renew(identity("other"), {});
      REQUIRE(beat.silent == std::vector<std::string>{"gone"});
      REQUIRE_FALSE((co_await store.holder("gone")).has_value());
    }
  });
}

}  // namespace
}  // namespace penstock::job
