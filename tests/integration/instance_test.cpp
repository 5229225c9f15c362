// Instances and their names: a lease lost, a name taken, quiet, reload.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "support/scenario.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

struct World {
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
std::string queues(const History& history,
                   const std::vector<std::pair<std::string, std::string>>& named) {
  std::string text;
  for (const auto& [name, options] : named)
    text += "  " + name + ": {" + options + "exec: " + history.exec() + "}\n";
  return text;
}

TEST_CASE_METHOD(World, "a second daemon of the same name refuses to start and says why") {
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

TEST_CASE_METHOD(World, "a Redis that may drop jobs is warned of") {
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

TEST_CASE_METHOD(World, "a daemon of the same name that is dead is succeeded at once") {
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

TEST_CASE_METHOD(World, "a daemon gone for good: its jobs run on another within 20 s") {
  DaemonProcess gone(config("one", 60'000));
  for (int i = 0; i < 8; ++i) client.cmd("LPUSH", "jobs", payload(std::to_string(i)));
  REQUIRE(eventually([&] { return history.starts().size() == 4; }));
  DaemonProcess other(config("two"));
  other.wait_until_working();
  gone.kill();
  const Moment died = std::chrono::steady_clock::now();
  CHECK(eventually([&] { return history.runs().size() == 8 && history.starts().size() >= 12; }));
  CHECK(std::chrono::steady_clock::now() - died < 20s);
  CHECK(client.cmd("EXISTS", "jobs:inflight:one") == 0);
}

TEST_CASE_METHOD(World, "a job whose daemon dies under it each time is buried as poison") {
  DaemonProcess daemon(config("one", 60'000));
  client.cmd("LPUSH", "jobs", payload("poison"));
  for (std::size_t life = 1; life <= 3; ++life) {
    REQUIRE(started("poison", life));
    daemon.kill();
    daemon.start();
  }
  REQUIRE(eventually([&] { return client.cmd("ZCARD", "jobs:dead") == 1; }));
  CHECK(history.starts_of("poison") == 3);
  const auto dead = nlohmann::json::parse(client.cmd("ZRANGE", "jobs:dead", 0, -1)[0].text);
  CHECK(dead["crashes"] == 3);
  CHECK(dead["run"] == 3);
  CHECK(dead["attempt"] == 0);
  REQUIRE(dead["errors"].size() == 4);  // each crash, and the verdict
  CHECK(dead["errors"][2]["kind"] == "crash");
  CHECK(dead["errors"][3]["kind"] == "poison");
}

TEST_CASE_METHOD(World, "the neighbours of a poisonous job are not buried with it") {
  DaemonProcess daemon(
      config_on(redis, "  jobs: {concurrency: 1, buffer: 10, exec: " + history.exec() + "}"));
  client.cmd("LPUSH", "jobs", payload("poison", ",\"ms\":60000"));
  for (int i = 0; i < 5; ++i) client.cmd("LPUSH", "jobs", payload(std::to_string(i)));
  for (std::size_t life = 1; life <= 3; ++life) {
    REQUIRE(started("poison", life));
    REQUIRE(eventually([&] { return client.cmd("HLEN", "jobs:inflight:one") == 6; }));
    daemon.kill();
    daemon.start();
  }
  REQUIRE(eventually([&] { return left_in(client, "jobs") == 0; }));
  CHECK(client.cmd("ZCARD", "jobs:dead") == 1);
  CHECK(history.starts_of("poison") == 3);
  for (int i = 0; i < 5; ++i) CHECK(history.starts_of(std::to_string(i)) == 1);
}

TEST_CASE_METHOD(World, "a queue that cannot be recovered holds up no other") {
  client.cmd("RPUSH", "bad:inflight:one", "of the wrong type");
  DaemonProcess daemon(config_on(redis, queues(history, {{"bad", ""}, {"good", ""}})));
  client.cmd("LPUSH", "good", payload("g"));
  CHECK(started("g"));
  client.cmd("DEL", "bad:inflight:one");
  client.cmd("LPUSH", "bad", payload("b"));
  CHECK(started("b"));
}

TEST_CASE_METHOD(World, "what is recovered from a frozen daemon does not go back to it") {
  DaemonProcess frozen(config("one"));
  frozen.wait_until_working();
  client.cmd("LPUSH", "jobs", payload("a", ",\"ms\":60000"));
  REQUIRE(started("a"));
  REQUIRE(eventually([&] { return client.cmd("EXISTS", "jobs:wake:one") == 1; }));
  DaemonProcess other(config("two"));
  other.wait_until_working();
  frozen.pause();
  REQUIRE(started("a", 2));
  CHECK(history.runs().at("a").back().run == 2);
  frozen.kill();
}

TEST_CASE_METHOD(World, "stopped beyond its lease, a daemon ends what it ran and changes nothing") {
  DaemonProcess stopped(config("one"));
  stopped.wait_until_working();
  client.cmd("LPUSH", "jobs", payload("short", ",\"ms\":3000"), payload("long", ",\"ms\":40000"));
  REQUIRE(started("short"));
  REQUIRE(started("long"));
  DaemonProcess other(config("two"));
  stopped.pause();
  REQUIRE(started("short", 2));
  REQUIRE(started("long", 2));
  const int forsaken = history.runs().at("long").front().pid;
  stopped.resume();
  CHECK(eventually([&] { return ::kill(forsaken, 0) != 0; }, 5s));
  REQUIRE(eventually([&] { return left_in(client, "jobs", {"one", "two"}) == 0; }, 60s));
  CHECK(history.runs().at("long").size() == 2);
  CHECK_FALSE(history.runs().at("long").front().ended);
  CHECK(eventually([&] { return client.cmd("HGET", "jobs:stats", "done") == "2"; }));
  CHECK(eventually([&] { return client.cmd("HGET", "jobs:stats", "late") == "2"; }));
  client.cmd("LPUSH", "jobs", payload("next"));
  CHECK(started("next"));
}

TEST_CASE_METHOD(World, "stopped beyond its lease while idle, a daemon goes on by itself") {
  DaemonProcess daemon(config("one"));
  // The first stop is also the time after which a new daemon looks for deliveries it has missed.
  for (const std::string id : {"a", "b"}) {
    REQUIRE(eventually([&] { return client.cmd("EXISTS", "jobs:wake:one") == 1; }));
    daemon.pause();
    REQUIRE(eventually([&] { return client.cmd("EXISTS", "penstock:instance:one") == 0; }));
    client.cmd("LPUSH", "jobs", payload(id + "1"), payload(id + "2"));
    daemon.resume();
    CHECK(started(id + "1"));
    CHECK(started(id + "2"));
    REQUIRE(eventually([&] { return left_in(client, "jobs") == 0; }));
  }
}

TEST_CASE_METHOD(World, "blocking calls that Redis serves for nobody any more take no job away") {
  const auto blocked = [&](int clients) {
    const std::string line = "blocked_clients:" + std::to_string(clients) + "\r";
    return eventually([&] { return client.cmd("INFO", "clients").text.contains(line); });
  };
  DaemonProcess daemon(config("one"));
  daemon.wait_until_working();
  REQUIRE(blocked(1));
  RedisClient stale = redis.client();
  stale.send({"BLMOVE", "jobs", "jobs:wake:one", "RIGHT", "LEFT", "0"});
  REQUIRE(blocked(2));
  client.cmd("LPUSH", "jobs", payload("a"));
  REQUIRE(eventually([&] { return left_in(client, "jobs") == 0; }));
  REQUIRE(blocked(2));  // the daemon's own stands behind the other now
  client.cmd("LPUSH", "jobs", payload("b"), payload("c"));
  CHECK(started("b"));
  CHECK(started("c"));
  CHECK(eventually([&] { return left_in(client, "jobs") == 0; }));
  CHECK(daemon.stop() == 0);
  for (const std::string id : {"a", "b", "c"}) CHECK(history.starts_of(id) == 1);
  CHECK(client.cmd("HGET", "jobs:stats", "done") == "3");
  CHECK(client.cmd("HGET", "jobs:stats", "late").is_nil());
}

TEST_CASE_METHOD(World,
                 "a daemon whose doorbell was taken down meanwhile runs the next push once") {
  DaemonProcess stopped(config("one"));
  REQUIRE(eventually([&] { return client.cmd("EXISTS", "jobs:wake:one") == 1; }));
  DaemonProcess other(config("two"));
  other.wait_until_working();
  stopped.pause();
  REQUIRE(eventually([&] { return client.cmd("EXISTS", "jobs:wake:one") == 0; }));
  stopped.resume();
  REQUIRE(eventually([&] { return client.cmd("EXISTS", "penstock:instance:one") == 1; }));
  for (int i = 0; i < 10; ++i) client.cmd("LPUSH", "jobs", payload(std::to_string(i)));
  REQUIRE(eventually([&] { return history.ends() == 10; }));
  CHECK(stopped.stop() == 0);
  CHECK(other.stop() == 0);
  CHECK(history.starts().size() == 10);
  CHECK(left_in(client, "jobs", {"one", "two"}) == 0);
}

TEST_CASE_METHOD(World, "what an instance says of itself comes back after its record was lost") {
  DaemonProcess daemon(config("one"));
  REQUIRE(eventually([&] { return client.cmd("HEXISTS", "penstock:instance:one", "state") == 1; }));
  client.cmd("DEL", "penstock:instance:one");
  CHECK(eventually([&] { return client.cmd("HEXISTS", "penstock:instance:one", "state") == 1; }));
}

TEST_CASE_METHOD(World, "a Redis that is emptied ends nothing that runs") {
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

TEST_CASE_METHOD(World,
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

TEST_CASE_METHOD(World, "a reload adds, changes and removes queues and touches no running job") {
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

TEST_CASE_METHOD(World, "a reload before Redis is there takes effect when it comes") {
  redis.kill();
  DaemonProcess daemon(config_on(redis, queues(history, {{"a", ""}})));
  REQUIRE(eventually([&] { return !daemon.log().empty(); }));
  daemon.reload(config_on(redis, queues(history, {{"b", ""}})));
  redis.start();
  client = redis.client();
  client.cmd("LPUSH", "b", payload("b1"));
  CHECK(started("b1"));
}

TEST_CASE_METHOD(World, "a queue that is removed and added while its job runs works on") {
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

TEST_CASE_METHOD(World, "a queue that waits for its predecessor is one queue, however often told") {
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

TEST_CASE_METHOD(World, "a queue that is removed while it waits for its predecessor never starts") {
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

TEST_CASE_METHOD(World, "a queue that drains has nothing buffered, or a watchdog would miss it") {
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

TEST_CASE_METHOD(World, "a reload with a wrong file keeps the old one in force, and says why") {
  DaemonProcess daemon(config("one"));
  daemon.wait_until_working();
  daemon.reload("queues:\n  jobs: {exce: [true]}\n", "the old configuration stays in force");
  CHECK(daemon.told("exce") >= 1);
  client.cmd("LPUSH", "jobs", payload("a"));
  CHECK(started("a"));
}

TEST_CASE_METHOD(World, "each reload names what takes effect at the next start only") {
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

TEST_CASE_METHOD(World, "a reload and a stop at once lose nothing and run nothing twice") {
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
