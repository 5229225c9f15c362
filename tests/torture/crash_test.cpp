// The daemon dies: what was pushed runs, and only what it held runs again.
#include <catch2/catch.hpp>
#include <random>

#include "support/producer.hpp"
#include "support/scenario.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

Moment now() {
  return std::chrono::steady_clock::now();
}

void report(const Checked& checked) {
  std::string wrong;
  for (std::size_t i = 0; i < std::min<std::size_t>(checked.wrong.size(), 20); ++i)
    wrong += checked.wrong[i] + "\n";
  INFO(wrong);
  CHECK(checked.wrong.size() == 0);
  WARN(checked.ids << " ids acknowledged, " << checked.ran_once << " ran once, "
                   << checked.ran_again << " again, " << checked.overlapped << " overlapped");
}

void check_counters(RedisClient& client, const std::map<std::string, std::vector<Run>>& runs) {
  const auto counter = [&](const char* name) {
    const Reply reply = client.cmd("HGET", "jobs:stats", name);
    return reply.is_nil() ? 0UL : std::stoul(reply.text);
  };
  std::size_t highest = 0;
  for (const auto& [id, of_id] : runs) highest += of_id.back().run - 1;
  // A crashed job has one more run than crashes: those that succeeded at last tell of them all.
  CHECK(counter("crashed") == highest);
  CHECK(counter("buried") == 0);
  CHECK(client.cmd("ZCARD", "jobs:dead") == 0);
}

TEST_CASE("killed a hundred times under load: all runs, and only what it held runs again") {
  RedisServer redis({.append_only = true});
  const History history;
  DaemonProcess daemon(
      config_on(redis, "  jobs: {crashes: 1000, concurrency: 10, exec: " + history.exec() + "}",
                "instance: one\n"));
  Producer producer(redis, {.more = ",\"ms\":5"});
  std::mt19937_64 random(std::random_device{}());
  Deaths deaths;
  for (int round = 0; round < rounds(100); ++round) {
    daemon.wait_until_working();
    const std::size_t ended = history.ends();
    const auto more = std::uniform_int_distribution<std::size_t>(0, 60)(random);
    REQUIRE(eventually([&] { return history.ends() >= ended + more; }, 30s, 1ms));
    deaths[daemon.pid()] = now();
    daemon.kill();
    daemon.start();
  }
  producer.stop();
  RedisClient client = redis.client();
  REQUIRE(eventually([&] { return left_in(client, "jobs") == 0; }, 60s));
  CHECK(daemon.stop() == 0);
  CHECK(client.cmd("EXISTS", "jobs:inflight:one") == 0);
  CHECK(client.cmd("EXISTS", "jobs:wake:one") == 0);
  report(check(producer.acknowledged(), producer.maybe(), history.runs(), deaths));
  check_counters(client, history.runs());
}

}  // namespace
}  // namespace penstock::test
