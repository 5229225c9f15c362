// The daemon is told to end, and nothing runs twice or changes its place.
#include <algorithm>
#include <catch2/catch.hpp>

#include "support/producer.hpp"
#include "support/scenario.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

/// What stands in the list, the next to run first.
std::vector<std::string> waiting(RedisClient& client, const std::string& queue) {
  std::vector<std::string> all = client.cmd("LRANGE", queue, 0, -1).texts();
  std::ranges::reverse(all);
  return all;
}

TEST_CASE("stopped fifty times under load: it ends in time with 0, and no job runs twice") {
  RedisServer redis;
  const History history;
  DaemonProcess daemon(config_on(redis, "  jobs: {exec: " + history.exec() + "}"));
  Producer producer(redis, {.more = ",\"ms\":5"});
  for (int round = 0; round < rounds(50); ++round) {
    daemon.wait_until_working();
    const std::size_t ended = history.ends();
    REQUIRE(eventually([&] { return history.ends() > ended + 30; }));
    const Moment told = std::chrono::steady_clock::now();
    CHECK(daemon.stop() == 0);
    CHECK(std::chrono::steady_clock::now() - told < 2s);
    CHECK(redis.client().cmd("EXISTS", "jobs:inflight:one") == 0);
    daemon.start();
  }
  producer.stop();
  RedisClient client = redis.client();
  REQUIRE(eventually([&] { return left_in(client, "jobs") == 0; }));
  const Checked checked = check(producer.acknowledged(), producer.maybe(), history.runs(), {});
  CHECK(checked.wrong == std::vector<std::string>());
  CHECK(checked.ran_again == 0);
  CHECK(checked.ran_once == producer.acknowledged().size());
}

/// Pushes, then stops the daemon again and again: after each stop the list must be what was pushed,
/// without those that ran.
void check_order(const std::string& queue_options) {
  RedisServer redis;
  const History history;
  RedisClient client = redis.client();
  std::vector<std::string> left;
  const auto times = static_cast<std::size_t>(rounds(50));
  for (std::size_t i = 0; i < times * 100; ++i)
    left.push_back(payload("j" + std::to_string(i), ",\"ms\":2"));
  for (const std::string& element : left) client.cmd("LPUSH", "jobs", element);
  DaemonProcess daemon(
      config_on(redis, "  jobs: {" + queue_options + ", exec: " + history.exec() + "}"));
  for (std::size_t round = 0; round < times; ++round) {
    const std::size_t ended = history.ends();
    REQUIRE(eventually([&] { return history.ends() > ended + 5; }));
    REQUIRE(daemon.stop() == 0);
    const std::size_t ran = history.ends();
    REQUIRE(ran <= left.size());
    REQUIRE(waiting(client, "jobs") ==
            std::vector<std::string>(left.begin() + static_cast<std::ptrdiff_t>(ran), left.end()));
    daemon.start();
  }
}

TEST_CASE("stopped with one worker: what is left stays in its order, bytes unchanged") {
  check_order("concurrency: 1");
}

TEST_CASE("stopped with many workers: what is left stays in its order, bytes unchanged") {
  check_order("concurrency: 10, buffer: 40");
}

TEST_CASE("stopped at any moment of its start, it ends with 0 and holds nothing") {
  RedisServer redis;
  const History history;
  RedisClient client = redis.client();
  for (int i = 0; i < 100; ++i) client.cmd("LPUSH", "jobs", payload(std::to_string(i)));
  DaemonProcess daemon(config_on(redis, "  jobs: {exec: " + history.exec() + "}"));
  daemon.wait_until_working();
  daemon.stop();
  for (int round = 0; round < rounds(100); ++round) {
    daemon.start();
    std::this_thread::sleep_for(std::chrono::microseconds(300 * round));
    daemon.signal(SIGTERM);
    const int code = daemon.wait_exit();
    CHECK((code == 0 || code == 128 + SIGTERM));  // the latter before it listens for signals
    CHECK(client.cmd("EXISTS", "jobs:inflight:one") == 0);
  }
  daemon.start();
  REQUIRE(eventually([&] { return left_in(client, "jobs") == 0; }));
  for (const auto& [id, runs] : history.runs()) CHECK(runs.size() == 1);
  CHECK(history.runs().size() == 100);
}

/// Twenty queues that all have something to tell a Redis that is away.
void check_stop_without_redis(void (*send_away)(RedisServer&), void (*bring_back)(RedisServer&)) {
  RedisServer redis({.append_only = true});
  const History history;
  std::string queues;
  for (int i = 0; i < 20; ++i)
    queues += "  q" + std::to_string(i) + ": {exec: " + history.exec(1500) + "}\n";
  DaemonProcess daemon(config_on(redis, queues));
  {
    RedisClient client = redis.client();
    for (int i = 0; i < 20; ++i)
      client.cmd("LPUSH", "q" + std::to_string(i), payload(std::to_string(i)));
  }
  REQUIRE(eventually([&] { return history.starts().size() == 20; }));
  send_away(redis);
  const Moment told = std::chrono::steady_clock::now();
  CHECK(daemon.stop() == 0);
  CHECK(std::chrono::steady_clock::now() - told < 15s);
  CHECK(history.ends() == 20);
  bring_back(redis);
  daemon.start();
  RedisClient client = redis.client();
  for (int i = 0; i < 20; ++i)
    CHECK(eventually([&] { return left_in(client, "q" + std::to_string(i)) == 0; }));
}

TEST_CASE("stopped while Redis is down, it ends in time") {
  check_stop_without_redis([](RedisServer& redis) { redis.kill(); },
                           [](RedisServer& redis) { redis.start(); });
}

TEST_CASE("stopped while Redis hangs, it ends in time") {
  check_stop_without_redis([](RedisServer& redis) { redis.pause(); },
                           [](RedisServer& redis) { redis.resume(); });
}

TEST_CASE("a stop cancels what runs too long, and it runs again without a used attempt") {
  RedisServer redis;
  const History history;
  const std::string config =
      config_on(redis, "  jobs: {concurrency: 4, exec: " + history.exec(60'000) + "}",
                "instance: one\nshutdown_timeout: 100ms");
  RedisClient client = redis.client();
  std::vector<std::string> pushed;
  for (int i = 0; i < 8; ++i) {
    pushed.push_back("j" + std::to_string(i));
    client.cmd("LPUSH", "jobs", payload(pushed.back()));
  }
  DaemonProcess daemon(config);
  for (std::size_t round = 1; round <= 3; ++round) {
    REQUIRE(eventually([&] { return history.starts().size() == 4 * round; }));
    const Moment told = std::chrono::steady_clock::now();
    CHECK(daemon.stop() == 0);
    CHECK(std::chrono::steady_clock::now() - told < 3s);
    CHECK(client.cmd("LLEN", "jobs") == 8);
    daemon.start();
  }
  for (const auto& [id, runs] : history.runs()) {
    CHECK(runs.size() == 3);
    CHECK(runs.back().run == 3);
    CHECK(runs.back().attempt == 1);
  }
  CHECK(history.ends() == 0);
}

}  // namespace
}  // namespace penstock::test
