// The daemon dies: what was pushed runs, and only what it held runs again.
#include <catch2/catch.hpp>
#include <memory>
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
  deaths[daemon.pid()] = kAlive;
  CHECK(daemon.stop() == 0);
  CHECK(client.cmd("EXISTS", "jobs:inflight:one") == 0);
  CHECK(client.cmd("EXISTS", "jobs:wake:one") == 0);
  report(check(producer.acknowledged(), producer.maybe(), history.runs(), deaths));
  check_counters(client, history.runs());
}

/// Kills daemons, and Redis now and then, until all has run.
TEST_CASE("three daemons and their Redis killed at random: all runs, nothing without a reason") {
  RedisServer redis({.append_only = true});
  const History history;
  std::vector<std::string> names{"one", "two", "three"};
  std::vector<std::unique_ptr<DaemonProcess>> daemons;
  for (const std::string& name : names)
    daemons.push_back(std::make_unique<DaemonProcess>(
        config_on(redis, "  jobs: {crashes: 1000, concurrency: 5, exec: " + history.exec() + "}",
                  "instance: " + name)));
  Producer producer(redis, {.more = ",\"ms\":5", .backlog = 40});
  std::mt19937_64 random(std::random_device{}());
  Deaths deaths;
  for (int round = 0; round < rounds(60); ++round) {
    const std::size_t ended = history.ends();
    const auto more = std::uniform_int_distribution<std::size_t>(0, 60)(random);
    REQUIRE(eventually([&] { return history.ends() >= ended + more; }, 60s, 1ms));
    if (round % 10 == 9) redis.kill();
    DaemonProcess& daemon = *daemons[random() % daemons.size()];
    deaths[daemon.pid()] = now();
    daemon.kill();
    if (round % 10 == 9) redis.start();
    daemon.start();
  }
  producer.stop();
  RedisClient client = redis.client();
  REQUIRE(eventually([&] { return left_in(client, "jobs", names) == 0; }, 60s));
  for (const auto& daemon : daemons) {
    deaths[daemon->pid()] = kAlive;
    CHECK(daemon->stop() == 0);
  }
  report(check(producer.acknowledged(), producer.maybe(), history.runs(), deaths));
}

TEST_CASE("killed a hundred times while jobs come one by one") {
  RedisServer redis({.append_only = true});
  const History history;
  DaemonProcess daemon(config_on(redis, "  jobs: {crashes: 1000, exec: " + history.exec() + "}"));
  Producer producer(redis, {.backlog = 1, .batch = 1});
  std::mt19937_64 random(std::random_device{}());
  Deaths deaths;
  for (int round = 0; round < rounds(100); ++round) {
    daemon.wait_until_working();
    const std::size_t ended = history.ends();
    REQUIRE(eventually([&] { return history.ends() > ended; }, 30s, 1ms));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 10'000));
    deaths[daemon.pid()] = now();
    daemon.kill();
    daemon.start();
  }
  producer.stop();
  RedisClient client = redis.client();
  REQUIRE(eventually([&] { return left_in(client, "jobs") == 0; }, 60s));
  deaths[daemon.pid()] = kAlive;
  CHECK(daemon.stop() == 0);
  report(check(producer.acknowledged(), producer.maybe(), history.runs(), deaths));
  check_counters(client, history.runs());
}

TEST_CASE("a job that rings at a stopped daemon starts at another within 20 s") {
  RedisServer redis;
  const History history;
  const auto config = [&](const std::string& name) {
    return config_on(redis, "  jobs: {exec: " + history.exec() + "}", "instance: " + name);
  };
  RedisClient client = redis.client();
  DaemonProcess stopped(config("one"));
  REQUIRE(eventually([&] { return client.cmd("EXISTS", "jobs:wake:one") == 1; }));
  DaemonProcess other(config("two"));
  REQUIRE(eventually([&] { return client.cmd("EXISTS", "jobs:wake:two") == 1; }));
  stopped.pause();
  const Moment began = now();
  client.cmd("LPUSH", "jobs", payload("first"));
  CHECK(eventually([&] { return history.starts_of("first") == 1; }));
  CHECK(now() - began < 20s);
  client.cmd("LPUSH", "jobs", payload("second"));
  CHECK(eventually([&] { return history.starts_of("second") == 1; }, 2s));
  stopped.resume();
  REQUIRE(eventually([&] { return left_in(client, "jobs", {"one", "two"}) == 0; }));
  client.cmd("LPUSH", "jobs", payload("third"), payload("fourth"));
  CHECK(eventually([&] { return history.ends() == 4; }));
  for (const auto& [id, runs] : history.runs()) CHECK(runs.size() == 1);
}

}  // namespace
}  // namespace penstock::test
