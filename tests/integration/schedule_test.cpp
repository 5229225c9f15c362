// Jobs for later, and what waiting for them costs.
#include <algorithm>
#include <catch2/catch.hpp>
#include <regex>

#include "support/scenario.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

struct Schedule {
  RedisServer redis;
  History history;
  RedisClient client = redis.client();
  DaemonProcess daemon{config_on(redis, "  jobs: {exec: " + history.exec() + "}")};

  Schedule() {
    daemon.wait_until_working();
    REQUIRE(eventually([&] { return client.cmd("EXISTS", "jobs:wake:one") == 1; }));
  }
  /// As users do: ZADD by redis-cli, Redis' own time.
  void schedule(const std::string& id, std::chrono::milliseconds delay) const {
    const Reply time = redis.client().cmd("TIME");
    const double due = std::stod(time[0].text) + std::stod(time[1].text) / 1e6 +
                       std::chrono::duration<double>(delay).count();
    const Ended ended = run_command({"redis-cli", "-s", redis.socket(), "ZADD", "jobs:scheduled",
                                     std::to_string(due), payload(id)});
    REQUIRE(ended.code == 0);
  }
  /// How long after `began` it started.
  std::chrono::milliseconds start_of(const std::string& id, Moment began) {
    REQUIRE(eventually([&] { return history.starts_of(id) == 1; }));
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        history.runs().at(id).front().started - began);
  }
};

Moment now() {
  return std::chrono::steady_clock::now();
}

TEST_CASE_METHOD(Schedule, "a job scheduled by redis-cli starts on time") {
  const Moment began = now();
  schedule("much later", 1h);
  schedule("later", 800ms);
  schedule("soon", 300ms);
  schedule("past", -5s);
  CHECK(start_of("past", began) < 250ms);
  CHECK(start_of("soon", began) >= 300ms);
  CHECK(start_of("soon", began) < 500ms);
  CHECK(start_of("later", began) >= 800ms);
  CHECK(start_of("later", began) < 1000ms);
  CHECK(client.cmd("ZCARD", "jobs:scheduled") == 1);
}

TEST_CASE_METHOD(Schedule, "a scheduled job starts on time after the connections were lost") {
  for (const char* type : {"normal", "pubsub"})
    client.cmd("CLIENT", "KILL", "TYPE", type, "SKIPME", "yes");
  REQUIRE(eventually([&] {
    return client.cmd("CLIENT", "LIST", "TYPE", "pubsub").text.find("watcher") != std::string::npos;
  }));
  const Moment began = now();
  schedule("a", 1500ms);
  CHECK(start_of("a", began) < 1700ms);
}

TEST_CASE_METHOD(Schedule, "of a thousand jobs due at one moment each runs once") {
  const Moment began = now();
  std::vector<std::string> command{"ZADD", "jobs:scheduled"};
  for (int i = 0; i < 1000; ++i) {
    command.push_back("1");
    command.push_back(payload(std::to_string(i)));
  }
  client.cmd(command);
  REQUIRE(eventually([&] { return history.ends() == 1000; }));
  CHECK(history.runs().size() == 1000);
  CHECK(now() - began < 20s);
}

std::size_t commands_processed(RedisClient& client) {
  const std::string info = client.cmd("INFO", "commandstats").text;
  const std::regex line(R"(cmdstat_([a-z|_]+):calls=(\d+))");
  std::size_t all = 0;
  for (std::sregex_iterator at(info.begin(), info.end(), line), end; at != end; ++at)
    if ((*at)[1] != "info") all += std::stoul((*at)[2]);
  return all;
}

TEST_CASE("an idle daemon with twenty queues sends Redis at most two commands a second") {
  RedisServer redis;
  std::string queues;
  for (int i = 0; i < 20; ++i) queues += "  q" + std::to_string(i) + ": {noop: {}}\n";
  DaemonProcess daemon(config_on(redis, queues));
  daemon.wait_until_working();
  RedisClient client = redis.client();
  // The calls of its start are over when the second look for missed deliveries is.
  std::this_thread::sleep_for(8s);  // real time: Redis' own counts are the measure
  const std::size_t before = commands_processed(client);
  std::this_thread::sleep_for(10s);  // real time: the same
  const std::size_t sent = commands_processed(client) - before;
  CHECK(sent <= 20);
}

}  // namespace
}  // namespace penstock::test
