// Instances and their names: a name taken, quiet, reload.
#include <algorithm>
#include <fstream>

#include "instance_world.hpp"

namespace penstock::test {
namespace {

TEST_CASE_METHOD(InstanceWorld, "a second daemon of the same name refuses to start and says why") {
  DaemonProcess first(config("one"));
  first.wait_until_working();
  DaemonProcess second(config("one"));
  CHECK(second.wait_exit() == 1);
  CHECK(second.told("instance name \"one\" is taken by a running daemon") == 1);
  CHECK(second.told("pid " + std::to_string(first.pid())) == 1);
  CHECK(second.told("instance:") >= 1);
  client.cmd("LPUSH", "jobs", payload("a"));
  CHECK(started("a"));
}

TEST_CASE_METHOD(InstanceWorld, "a Redis that may drop jobs is warned of") {
  client.cmd("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
  {
    DaemonProcess daemon(config("one"));
    daemon.wait_until_working();
    CHECK(daemon.told("allkeys-lru") == 0);  // without maxmemory nothing is dropped
  }
  client.cmd("CONFIG", "SET", "maxmemory", "100mb");
  DaemonProcess daemon(config("two"));
  daemon.wait_until_working();
  CHECK(daemon.told("allkeys-lru") == 1);
}

TEST_CASE_METHOD(InstanceWorld, "a daemon of the same name that is dead is succeeded at once") {
  DaemonProcess first(config("one", 60'000));
  client.cmd("LPUSH", "jobs", payload("a"));
  REQUIRE(started("a"));
  first.kill();
  const Moment began = std::chrono::steady_clock::now();
  first.start();
  REQUIRE(started("a", 2));
  CHECK(std::chrono::steady_clock::now() - began < 3s);
  const std::vector<Run> runs = history.runs().at("a");
  CHECK(runs[1].job == runs[0].job);
  CHECK(runs[1].run == 2);
  CHECK(runs[1].attempt == 1);
}

TEST_CASE_METHOD(InstanceWorld,
                 "what an instance says of itself comes back after its record was lost") {
  DaemonProcess daemon(config("one"));
  REQUIRE(eventually([&] { return client.cmd("HEXISTS", "penstock:instance:one", "state") == 1; }));
  client.cmd("DEL", "penstock:instance:one");
  CHECK(eventually([&] { return client.cmd("HEXISTS", "penstock:instance:one", "state") == 1; }));
}

TEST_CASE_METHOD(InstanceWorld, "a Redis that is emptied ends nothing that runs") {
  DaemonProcess daemon(config("one"));
  client.cmd("LPUSH", "jobs", payload("a", ",\"ms\":4000"));
  REQUIRE(started("a"));
  client.cmd("FLUSHALL");
  REQUIRE(eventually([&] { return daemon.told("was it emptied?") == 1; }));
  REQUIRE(eventually([&] { return history.ends() == 1; }));
  CHECK(history.starts_of("a") == 1);
  client.cmd("LPUSH", "jobs", payload("b"));
  CHECK(started("b"));
  CHECK(daemon.stop() == 0);
  CHECK(daemon.told("given back") == 0);
}

TEST_CASE_METHOD(InstanceWorld,
                 "a quiet daemon finishes what runs, fetches no more, and goes on when told") {
  DaemonProcess daemon(config("one"));
  client.cmd("LPUSH", "jobs", payload("running", ",\"ms\":300"));
  REQUIRE(started("running"));
  daemon.signal(SIGUSR1);
  REQUIRE(eventually([&] { return daemon.told("quiet: fetching no more") == 1; }));
  REQUIRE(eventually([&] { return left_in(client, "jobs") == 0; }));
  CHECK(history.ends() == 1);
  client.cmd("LPUSH", "jobs", payload("later"));
  CHECK_FALSE(eventually([&] { return client.cmd("LLEN", "jobs") == 0; }, 500ms));
  daemon.signal(SIGUSR1);
  CHECK(started("later"));
}

TEST_CASE_METHOD(InstanceWorld,
                 "a reload adds, changes and removes queues and touches no running job") {
  DaemonProcess daemon(config_on(redis, queues(history, {{"stays", ""}, {"goes", ""}})));
  client.cmd("LPUSH", "stays", payload("s1", ",\"ms\":1000"));
  client.cmd("LPUSH", "goes", payload("g1", ",\"ms\":1000"));
  REQUIRE(started("s1"));
  REQUIRE(started("g1"));
  daemon.reload(config_on(redis, queues(history, {{"stays", "concurrency: 3, "}, {"comes", ""}})));
  client.cmd("LPUSH", "comes", payload("c1"));
  client.cmd("LPUSH", "stays", payload("s2"));
  CHECK(started("c1"));
  CHECK(started("s2"));
  REQUIRE(eventually([&] { return client.cmd("EXISTS", "goes:inflight:one") == 0; }));
  client.cmd("LPUSH", "goes", payload("g2"));
  daemon.reload(config_on(redis, queues(history, {{"stays", ""}, {"goes", ""}})));
  CHECK(started("g2"));
  REQUIRE(eventually([&] { return history.ends() == 5; }));
  CHECK(daemon.stop() == 0);
  for (const auto& [id, runs] : history.runs()) CHECK(runs.size() == 1);
}

TEST_CASE_METHOD(InstanceWorld, "a reload before Redis is there takes effect when it comes") {
  redis.kill();
  DaemonProcess daemon(config_on(redis, queues(history, {{"a", ""}})));
  REQUIRE(eventually([&] { return !daemon.log().empty(); }));
  daemon.reload(config_on(redis, queues(history, {{"b", ""}})));
  redis.start();
  client = redis.client();
  client.cmd("LPUSH", "b", payload("b1"));
  CHECK(started("b1"));
}

TEST_CASE_METHOD(InstanceWorld, "a queue that is removed and added while its job runs works on") {
  const std::string with = config_on(redis, queues(history, {{"a", ""}, {"b", ""}}));
  DaemonProcess daemon(with);
  client.cmd("LPUSH", "b", payload("b1", ",\"ms\":700"));
  REQUIRE(started("b1"));
  daemon.reload(config_on(redis, queues(history, {{"a", ""}})));
  daemon.reload(with);
  client.cmd("LPUSH", "b", payload("b2"));
  CHECK(started("b2"));
  REQUIRE(eventually([&] { return history.ends() == 2; }));
  CHECK(history.starts_of("b1") == 1);
  CHECK(daemon.stop() == 0);
}

TEST_CASE_METHOD(InstanceWorld,
                 "a queue that waits for its predecessor is one queue, however often told") {
  const std::string with = config_on(redis, queues(history, {{"a", ""}, {"b", ""}}));
  DaemonProcess daemon(with);
  client.cmd("LPUSH", "b", payload("b1", ",\"ms\":700"));
  REQUIRE(started("b1"));
  daemon.reload(config_on(redis, queues(history, {{"a", ""}})));
  daemon.reload(with);
  daemon.reload(with);
  for (int i = 2; i < 20; ++i)
    client.cmd("LPUSH", "b", payload("b" + std::to_string(i), ",\"ms\":50"));
  REQUIRE(eventually([&] { return history.ends() == 19; }));
  CHECK(daemon.stop() == 0);
  for (const auto& [id, runs] : history.runs()) CHECK(runs.size() == 1);
}

TEST_CASE_METHOD(InstanceWorld,
                 "a queue that is removed while it waits for its predecessor never starts") {
  const std::string without = config_on(redis, queues(history, {{"a", ""}}));
  const std::string with = config_on(redis, queues(history, {{"a", ""}, {"b", ""}}));
  DaemonProcess daemon(with);
  client.cmd("LPUSH", "b", payload("b1", ",\"ms\":700"));
  REQUIRE(started("b1"));
  daemon.reload(without);
  daemon.reload(with);
  daemon.reload(without);
  client.cmd("LPUSH", "b", payload("b2"));
  REQUIRE(eventually([&] { return history.ends() == 1; }));
  client.cmd("LPUSH", "a", payload("a1"));
  REQUIRE(started("a1"));
  CHECK(daemon.stop() == 0);
  CHECK(history.starts_of("b2") == 0);
  CHECK(client.cmd("LLEN", "b") == 1);
}

TEST_CASE_METHOD(InstanceWorld,
                 "a queue that drains has nothing buffered, or a watchdog would miss it") {
  DaemonProcess daemon(config_on(redis, queues(history, {{"a", ""}, {"b", ""}})));
  client.cmd("LPUSH", "b", payload("b1", ",\"ms\":60000"));
  REQUIRE(started("b1"));
  daemon.reload(config_on(redis, queues(history, {{"a", ""}})));
  const auto buffered = [&] {
    const std::string state = client.cmd("HGET", "penstock:instance:one", "state").text;
    return nlohmann::json::parse(state)["queues"]["b"]["buffered"];
  };
  REQUIRE(eventually([&] { return daemon.told("queue removed; draining it") == 1; }));
  const std::string heard = client.cmd("ZSCORE", "penstock:instances", "one").text;
  REQUIRE(
      eventually([&] { return client.cmd("ZSCORE", "penstock:instances", "one").text != heard; }));
  CHECK(buffered() == 0);
}

TEST_CASE_METHOD(InstanceWorld,
                 "a reload with a wrong file keeps the old one in force, and says why") {
  DaemonProcess daemon(config("one"));
  daemon.wait_until_working();
  daemon.reload("queues:\n  jobs: {exce: [true]}\n", "the old configuration stays in force");
  CHECK(daemon.told("exce") >= 1);
  client.cmd("LPUSH", "jobs", payload("a"));
  CHECK(started("a"));
}

TEST_CASE_METHOD(InstanceWorld, "each reload names what takes effect at the next start only") {
  DaemonProcess daemon(config("one"));
  daemon.wait_until_working();
  const std::string other = config_on(redis, "  jobs: {noop: {}}", "instance: two");
  for (std::size_t times = 1; times <= 2; ++times) {
    daemon.reload(other);
    CHECK(daemon.lines("reload: this key takes effect at the next start only").size() == times);
  }
  CHECK(daemon.told("\"key\":\"instance\"") == 2);
  daemon.reload(config("one"));
  CHECK(daemon.told("takes effect at the next start") == 2);
}

TEST_CASE_METHOD(InstanceWorld, "a reload and a stop at once lose nothing and run nothing twice") {
  for (int round = 0; round < rounds(20); ++round) {
    const std::string queue = "b" + std::to_string(round);
    DaemonProcess daemon(config_on(redis, queues(history, {{"a", ""}})));
    daemon.wait_until_working();
    for (int i = 0; i < 20; ++i)
      client.cmd("LPUSH", queue, payload(queue + "-" + std::to_string(i), ",\"ms\":50"));
    std::ofstream(daemon.config_file())
        << config_on(redis, queues(history, {{"a", ""}, {queue, ""}}));
    daemon.signal(SIGHUP);
    CHECK(daemon.stop() == 0);
    CHECK(client.cmd("EXISTS", queue + ":inflight:one") == 0);
    CHECK(history.starts().size() == history.ends());
    for (const auto& [id, runs] : history.runs()) CHECK(runs.size() == 1);
  }
}

}  // namespace
}  // namespace penstock::test
