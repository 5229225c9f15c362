// Redis goes away in every way it can: nothing is lost, nothing runs twice, and work goes on soon
// after it has come back.
#include <algorithm>
#include <catch2/catch.hpp>
#include <ctime>

#include "support/producer.hpp"
#include "support/scenario.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

/// A daemon under load, on a Redis that is about to suffer.
class Load {
 public:
  explicit Load(Producer::Options options = {.more = ",\"ms\":5"})
      : producer_(redis, std::move(options)) {
    daemon_.wait_until_working();
  }

  RedisServer redis{{.append_only = true}};

  /// Until this many more jobs have ended.
  void work(std::size_t jobs) {
    const std::size_t ended = history_.ends();
    REQUIRE(eventually([&] { return history_.ends() >= ended + jobs; }));
  }

  /// Redis is well again: a job that is pushed now starts within five seconds.
  void canary() {
    const std::string id = "canary" + std::to_string(canaries_++);
    const Moment pushed = std::chrono::steady_clock::now();
    redis.client().cmd("LPUSH", "canary", payload(id));
    REQUIRE(eventually([&] { return history_.starts_of(id) == 1; }));
    const auto waited = history_.runs().at(id).front().started - pushed;
    longest_ = std::max(longest_, waited);
    CHECK(waited < 5s);
  }

  /// Everything that was pushed has run, once.
  void settle() {
    producer_.stop();
    RedisClient client = redis.client();
    REQUIRE(eventually(
        [&] { return left_in(client, "jobs") == 0 && left_in(client, "canary") == 0; }, 60s));
    CHECK(daemon_.stop() == 0);
    CHECK(client.cmd("HGET", "jobs:stats", "late").is_nil());
    std::map<std::string, std::vector<Run>> runs = history_.runs();
    std::erase_if(runs, [](const auto& of_id) { return of_id.first.starts_with("canary"); });
    const Checked checked = check(producer_.acknowledged(), producer_.maybe(), runs, {});
    CHECK(checked.wrong == std::vector<std::string>());
    CHECK(checked.ran_again == 0);
    const std::vector<double> told = lines_about_redis();
    WARN(checked.ids << " jobs, the canary waited at most "
                     << std::chrono::duration_cast<std::chrono::milliseconds>(longest_).count()
                     << " ms, " << told.size() << " lines about Redis");
    INFO(told_lines());
    check_rate(told);
  }

  Producer& producer() { return producer_; }
  DaemonProcess& daemon() { return daemon_; }

 private:
  /// When, in Unix seconds, it told of anything but jobs, its start and its end.
  std::vector<double> lines_about_redis() const {
    std::vector<double> times;
    for (const nlohmann::json& line : daemon_.lines()) {
      const std::string message = line.value("msg", "");
      if (message == "working") times.clear();  // before it: the first connection
      if (!line.contains("job") && message != "working" && message != "stopping" &&
          message != "stopped")
        times.push_back(unix_seconds(line.value("ts", "")));
    }
    return times;
  }
  std::string told_lines() const {
    std::string text;
    for (const nlohmann::json& line : daemon_.lines())
      if (!line.contains("job")) text += line.dump() + "\n";
    return text;
  }
  static double unix_seconds(const std::string& text) {
    std::tm parts{};
    const char* const fraction = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    REQUIRE(fraction != nullptr);
    return static_cast<double>(::timegm(&parts)) + std::strtod(fraction, nullptr);
  }
  /// No stretch of time has more lines than seconds, but for those of one short outage: lost, back,
  /// and jobs taken in whose delivery was lost.
  static void check_rate(const std::vector<double>& times) {
    double excess = 0;
    for (std::size_t i = 0; i < times.size(); ++i)
      for (std::size_t j = i; j < times.size(); ++j)
        excess = std::max(excess, static_cast<double>(j - i + 1) - (times[j] - times[i]));
    CHECK(excess <= 3);
  }

  History history_;
  DaemonProcess daemon_{config_on(
      redis, "  jobs: {exec: " + history_.exec() + "}\n  canary: {exec: " + history_.exec() + "}")};
  Producer producer_;
  Moment::duration longest_{};
  int canaries_ = 0;
};

/// One job at a time, each pushed to an idle queue: it is the doorbell that brings them.
const Producer::Options kTrickle{.backlog = 1, .batch = 1};

/// Does something over and over for `span`.
template <class Act>
void keep_at(std::chrono::milliseconds span, std::chrono::milliseconds pause, Act act) {
  eventually(
      [&] {
        act();
        return false;
      },
      span, pause);
}

TEST_CASE("Redis killed and restarted twenty times under load") {
  Load load;
  for (int round = 0; round < rounds(20); ++round) {
    load.work(50);
    load.redis.kill();
    load.redis.start();
    load.canary();
  }
  load.settle();
}

TEST_CASE("Redis away for some seconds") {
  Load load;
  load.work(50);
  load.redis.kill();
  std::this_thread::sleep_for(std::chrono::seconds(rounds(8)));
  load.redis.start();
  load.canary();
  load.settle();
}

TEST_CASE("Redis stopped for ten seconds under load") {
  Load load;
  load.work(50);
  load.redis.pause();
  std::this_thread::sleep_for(std::chrono::seconds(rounds(10)));
  load.redis.resume();
  load.canary();
  load.settle();
}

TEST_CASE("Redis' memory is full, then free") {
  Load load;
  for (int round = 0; round < rounds(3); ++round) {
    load.work(50);
    RedisClient client = load.redis.client();
    client.cmd("CONFIG", "SET", "maxmemory", "1mb");
    std::this_thread::sleep_for(2s);
    client.cmd("CONFIG", "SET", "maxmemory", "0");
    load.canary();
  }
  load.settle();
}

TEST_CASE("every connection is killed, again and again") {
  Load load;
  load.work(50);
  RedisClient client = load.redis.client();
  keep_at(std::chrono::seconds(rounds(10)), 20ms, [&] {
    client.cmd("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    client.cmd("CLIENT", "KILL", "TYPE", "pubsub");
  });
  load.canary();
  load.settle();
}

TEST_CASE("every connection is killed, again and again, while jobs come one by one") {
  Load load(kTrickle);
  load.work(50);
  RedisClient client = load.redis.client();
  keep_at(std::chrono::seconds(rounds(10)), 20ms, [&] {
    client.cmd("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    client.cmd("CLIENT", "KILL", "TYPE", "pubsub");
  });
  load.canary();
  load.settle();
}

TEST_CASE("the doorbells' connections are killed while jobs come one by one") {
  Load load(kTrickle);
  RedisClient client = load.redis.client();
  for (int round = 0; round < rounds(100); ++round) {
    load.work(3);
    const std::string clients = client.cmd("CLIENT", "LIST").text;
    for (std::size_t at = clients.find("id="); at != clients.npos; at = clients.find("\nid=", at)) {
      at = clients.find("id=", at);
      const std::string line = clients.substr(at, clients.find('\n', at) - at);
      if (line.find("doorbell:jobs") == line.npos) continue;
      client.cmd("CLIENT", "KILL", "ID", line.substr(3, line.find(' ') - 3));
    }
  }
  load.canary();
  load.settle();
}

TEST_CASE("Redis killed and restarted while jobs come one by one") {
  Load load(kTrickle);
  for (int round = 0; round < rounds(20); ++round) {
    load.work(5);
    load.redis.kill();
    load.redis.start();
    load.canary();
  }
  load.settle();
}

TEST_CASE("Redis answers nobody for some seconds") {
  Load load;
  for (const char* what : {"WRITE", "ALL"}) {
    load.work(50);
    load.redis.client().cmd("CLIENT", "PAUSE", rounds(7) * 1000, what);
    load.work(50);
    load.canary();
  }
  load.settle();
}

TEST_CASE("jobs that fail while memory is full are tried again") {
  RedisServer redis;
  const History history;
  DaemonProcess daemon(config_on(
      redis, "  jobs: {concurrency: 50, retry: {attempts: 2, backoff: fixed, base: 10ms}, exec: " +
                 history.exec() + "}"));
  RedisClient client = redis.client();
  for (int i = 0; i < 100; ++i)
    client.cmd("LPUSH", "jobs", payload(std::to_string(i), ",\"ms\":500,\"exit\":1"));
  REQUIRE(eventually([&] { return history.starts().size() == 50; }));
  client.cmd("CONFIG", "SET", "maxmemory", "1mb");
  REQUIRE(eventually([&] { return history.ends() >= 50; }));
  std::this_thread::sleep_for(1s);
  client.cmd("CONFIG", "SET", "maxmemory", "0");
  REQUIRE(eventually([&] { return client.cmd("ZCARD", "jobs:dead") == 100; }));
  for (const auto& [id, runs] : history.runs()) CHECK(runs.size() == 2);
  CHECK(history.runs().size() == 100);
}

TEST_CASE("every script is forgotten, again and again") {
  Load load;
  load.work(50);
  RedisClient client = load.redis.client();
  keep_at(std::chrono::seconds(rounds(5)), 5ms, [&] { client.cmd("SCRIPT", "FLUSH"); });
  load.canary();
  load.settle();
}

TEST_CASE("Redis becomes a replica, then a primary again") {
  Load load;
  for (int round = 0; round < rounds(3); ++round) {
    load.work(50);
    RedisClient client = load.redis.client();
    client.cmd("REPLICAOF", "127.0.0.1", "1");
    std::this_thread::sleep_for(2s);
    client.cmd("REPLICAOF", "NO", "ONE");
    load.canary();
  }
  load.settle();
}

}  // namespace
}  // namespace penstock::test
