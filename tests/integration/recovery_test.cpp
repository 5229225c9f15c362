// A daemon that dies, freezes or cannot be recovered: what becomes of its jobs.
#include <algorithm>

#include "instance_world.hpp"

namespace penstock::test {
namespace {

TEST_CASE_METHOD(InstanceWorld, "a daemon gone for good: its jobs run on another within 20 s") {
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

TEST_CASE_METHOD(InstanceWorld, "a job whose daemon dies under it each time is buried as poison") {
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

TEST_CASE_METHOD(InstanceWorld, "the neighbours of a poisonous job are not buried with it") {
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

TEST_CASE_METHOD(InstanceWorld, "a queue that cannot be recovered holds up no other") {
  client.cmd("RPUSH", "bad:inflight:one", "of the wrong type");
  DaemonProcess daemon(config_on(redis, queues(history, {{"bad", ""}, {"good", ""}})));
  client.cmd("LPUSH", "good", payload("g"));
  CHECK(started("g"));
  client.cmd("DEL", "bad:inflight:one");
  client.cmd("LPUSH", "bad", payload("b"));
  CHECK(started("b"));
}

TEST_CASE_METHOD(InstanceWorld,
                 "a dead instance's queue that cannot be recovered holds up no other") {
  client.cmd("ZADD", "penstock:instances", 1, "ghost");
  client.cmd("SADD", "penstock:instance:ghost:queues", "bad", "good");
  client.cmd("RPUSH", "bad:inflight:ghost", "of the wrong type");
  client.cmd("HSET", "good:inflight:ghost", "01M8E7TQVPBJ9T03MHGCGVB2V3", payload("g"));
  const DaemonProcess daemon(config_on(redis, queues(history, {{"bad", ""}, {"good", ""}})));
  CHECK(started("g"));
  CHECK(eventually([&] { return daemon.told("cannot be recovered") == 1; }));
}

TEST_CASE_METHOD(InstanceWorld,
                 "a queue left behind that cannot be given back holds up no reload") {
  client.cmd("SADD", "penstock:instance:one:queues", "left");
  client.cmd("RPUSH", "left:inflight:one", "of the wrong type");
  DaemonProcess daemon(config_on(redis, queues(history, {{"a", ""}}), "instance: one"));
  daemon.wait_until_working();
  daemon.reload(
      config_on(redis, queues(history, {{"a", ""}, {"b", ""}, {"left", ""}}), "instance: one"));
  client.cmd("LPUSH", "b", payload("b"));
  CHECK(started("b"));
  client.cmd("DEL", "left:inflight:one");
  client.cmd("LPUSH", "left", payload("left"));
  CHECK(started("left"));
}

TEST_CASE_METHOD(InstanceWorld, "a queue whose counters cannot be kept holds up no other's") {
  client.cmd("SET", "a:stats", "of the wrong type");
  const DaemonProcess daemon(config_on(redis, queues(history, {{"a", ""}, {"b", ""}})));
  client.cmd("LPUSH", "a", payload("a"));
  client.cmd("LPUSH", "b", payload("b"));
  CHECK(eventually([&] { return client.cmd("HGET", "b:stats", "done") == "1"; }));
}

TEST_CASE_METHOD(InstanceWorld, "what is recovered from a frozen daemon does not go back to it") {
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

TEST_CASE_METHOD(InstanceWorld,
                 "stopped beyond its lease, a daemon ends what it ran and changes nothing") {
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

TEST_CASE_METHOD(InstanceWorld, "stopped beyond its lease while idle, a daemon goes on by itself") {
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

TEST_CASE_METHOD(InstanceWorld,
                 "blocking calls that Redis serves for nobody any more take no job away") {
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

TEST_CASE_METHOD(InstanceWorld,
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

}  // namespace
}  // namespace penstock::test
