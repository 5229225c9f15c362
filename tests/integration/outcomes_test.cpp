// What becomes of a job after its command has ended.
#include <catch2/catch.hpp>

#include "support/scenario.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

/// A daemon with one queue, `jobs`, whose options follow its exec.
struct Outcomes {
  RedisServer redis;
  History history;
  RedisClient client = redis.client();
  std::optional<DaemonProcess> daemon;

  void start(const std::string& options = "") {
    daemon.emplace(config_on(redis, "  jobs: {exec: " + history.exec() + options + "}",
                             "instance: one", "debug"));
    daemon->wait_until_working();
  }
  void push(const std::string& element) { client.cmd("LPUSH", "jobs", element); }
  bool settled() {
    return eventually([&] { return left_in(client, "jobs") == 0; });
  }
  /// The envelope of the only buried job.
  nlohmann::json buried() {
    const Reply dead = client.cmd("ZRANGE", "jobs:dead", 0, -1);
    REQUIRE(dead.size() == 1);
    return nlohmann::json::parse(dead[0].text);
  }
  bool counted(const std::string& counter, const std::string& value) {
    return eventually([&] { return client.cmd("HGET", "jobs:stats", counter) == value; });
  }
};

TEST_CASE_METHOD(Outcomes,
                 "a failed job runs again after its pause, then is buried with its history") {
  start(", retry: {attempts: 3, backoff: fixed, base: 200ms, jitter: 0}");
  push(payload("a", ",\"exit\":3"));
  REQUIRE(eventually([&] { return client.cmd("ZCARD", "jobs:dead") == 1; }));
  const std::vector<Run> runs = history.runs().at("a");
  REQUIRE(runs.size() == 3);
  for (unsigned i = 0; i < 3; ++i) {
    CHECK(runs[i].run == i + 1);
    CHECK(runs[i].attempt == i + 1);
    CHECK(runs[i].job == runs[0].job);
    if (i > 0) CHECK(runs[i].started - *runs[i - 1].ended >= 190ms);
    if (i > 0) CHECK(runs[i].started - *runs[i - 1].ended < 1s);
  }
  const nlohmann::json envelope = buried();
  CHECK(envelope["id"] == runs[0].job);
  CHECK(envelope["errors"].size() == 3);
  CHECK(envelope["errors"][2]["code"] == 3);
  CHECK(envelope["payload"]["id"] == "a");
}

TEST_CASE_METHOD(Outcomes, "a raw job's first run is told the same age in either way") {
  daemon.emplace(config_on(redis,
                           "  jobs: {exec: [sh, -c, 'echo \"$PENSTOCK_ENQUEUED_AT\" \"$1\"', sh, "
                           "\"{{job.enqueued_at}}\"]}"));
  push("raw");
  REQUIRE(eventually([&] { return client.cmd("KEYS", "jobs:result:*").size() == 1; }));
  const std::string told = client.cmd("GET", client.cmd("KEYS", "jobs:result:*")[0].text).text;
  const std::size_t blank = told.find(' ');
  CHECK(std::stod(told) > 1.7e9);
  CHECK(told == told.substr(0, blank) + " " + told.substr(0, blank) + "\n");
}

TEST_CASE_METHOD(Outcomes, "a snooze costs no attempt") {
  start(", breaker: {failures: 0}, retry: {attempts: 2, backoff: fixed, base: 50ms, jitter: 0}");
  push(payload("a", ",\"exit\":75"));
  REQUIRE(eventually([&] { return history.starts_of("a") >= 4; }));
  const std::vector<Run> runs = history.runs().at("a");
  for (const Run& run : runs) CHECK(run.attempt == 1);
  CHECK(runs.back().run >= 4);
  CHECK(client.cmd("ZCARD", "jobs:dead") == 0);
}

TEST_CASE_METHOD(Outcomes, "exit 65 buries at once, exit 99 drops") {
  start();
  push(payload("hopeless", ",\"exit\":65"));
  push(payload("unwanted", ",\"exit\":99"));
  REQUIRE(settled());
  CHECK(history.starts_of("hopeless") == 1);
  CHECK(history.starts_of("unwanted") == 1);
  CHECK(buried()["payload"]["id"] == "hopeless");
  CHECK(counted("buried", "1"));
  CHECK(counted("dropped", "1"));
}

TEST_CASE_METHOD(Outcomes, "a statistics key of the wrong type holds no job up") {
  client.cmd("SET", "jobs:stats", "mine");
  start(", retry: {attempts: 2, backoff: fixed, base: 10ms, jitter: 0}");
  push(payload("bad", ",\"exit\":65"));
  REQUIRE(eventually([&] { return client.cmd("ZCARD", "jobs:dead") == 1; }));
  push(payload("fails", ",\"exit\":1"));
  CHECK(eventually([&] { return client.cmd("ZCARD", "jobs:dead") == 2; }));
  CHECK(settled());
  CHECK(history.starts_of("fails") == 2);
  CHECK(client.cmd("GET", "jobs:stats") == "mine");
}

TEST_CASE_METHOD(Outcomes, "a row of the outcome table can be changed") {
  start(", outcomes: {exit: {3: bury, 65: done}}");
  push(payload("three", ",\"exit\":3"));
  push(payload("sixtyfive", ",\"exit\":65"));
  REQUIRE(settled());
  CHECK(buried()["payload"]["id"] == "three");
  CHECK(counted("done", "1"));
}

TEST_CASE_METHOD(Outcomes, "a job that takes too long is ended and tried again") {
  start(", timeout: 200ms, retry: {attempts: 2, backoff: fixed, base: 10ms}");
  push(payload("slow", ",\"ms\":60000"));
  REQUIRE(eventually([&] { return client.cmd("ZCARD", "jobs:dead") == 1; }));
  CHECK(history.starts_of("slow") == 2);
  CHECK(history.ends() == 0);
  CHECK(buried()["errors"][1]["kind"] == "timeout");
}

TEST_CASE_METHOD(Outcomes, "an expired job is dropped unrun, and counted") {
  start(", expires: 1h");
  push(R"({"penstock":1,"id":"old","enqueued_at":1000,"payload":{"id":"old"}})");
  push(R"({"penstock":1,"id":"past","expires_at":1000,"payload":{"id":"past"}})");
  push(payload("fresh"));
  REQUIRE(eventually([&] { return history.ends() == 1; }));
  REQUIRE(settled());
  CHECK(history.starts() == std::vector<std::string>{"fresh"});
  CHECK(counted("expired", "2"));
}

TEST_CASE_METHOD(Outcomes, "a payload as large as allowed is tried again, whatever its bytes") {
  daemon.emplace(config_on(redis,
                           "  jobs: {max_payload: 64KiB, exec: ['false'], breaker: {failures: 0},"
                           " retry: {attempts: 3, backoff: fixed, base: 10ms, jitter: 0}}"));
  push('"' + std::string(65'534, 'x') + '"');
  push(std::string(65'536, '\xff'));
  REQUIRE(eventually([&] { return client.cmd("ZCARD", "jobs:dead") == 2; }));
  for (const std::string& envelope : client.cmd("ZRANGE", "jobs:dead", 0, -1).texts())
    CHECK(nlohmann::json::parse(envelope)["attempt"] == 3);
}

TEST_CASE_METHOD(Outcomes,
                 "what is too large or no envelope is buried with the reason, busy or idle") {
  start(", max_payload: 1KiB");
  REQUIRE(eventually([&] { return client.cmd("EXISTS", "jobs:wake:one") == 1; }));
  push(payload("big", ",\"more\":\"" + std::string(2000, 'x') + '"'));
  REQUIRE(eventually([&] { return client.cmd("ZCARD", "jobs:dead") == 1; }));
  REQUIRE(settled());
  push(R"({"penstock":1,"id":7,"payload":)");
  REQUIRE(eventually([&] { return client.cmd("ZCARD", "jobs:dead") == 2; }));
  client.cmd("LPUSH", "jobs", payload("big2", ",\"more\":\"" + std::string(3000, 'y') + '"'),
             R"({"penstock":2})", payload("good"));
  REQUIRE(eventually([&] { return client.cmd("ZCARD", "jobs:dead") == 4; }));
  REQUIRE(settled());
  CHECK(history.starts() == std::vector<std::string>{"good"});
}

TEST_CASE_METHOD(Outcomes,
                 "a job without a field that its command needs is buried, and says which") {
  start();
  push("{\"other\":1}");
  REQUIRE(eventually([&] { return client.cmd("ZCARD", "jobs:dead") == 1; }));
  CHECK(buried()["errors"][0]["message"].get<std::string>().find("id") != std::string::npos);
}

TEST_CASE_METHOD(Outcomes,
                 "output is kept as the result, for its time, and no more of it than allowed") {
  daemon.emplace(config_on(
      redis, "  jobs: {exec: [printf, \"%s\", \"{{text}}\"], result: {ttl: 1m, max: 8B}}"));
  push(R"({"penstock":1,"id":"r1","reply_to":"answers","payload":{"text":"0123456789"}})");
  const Reply answer = client.cmd("BLPOP", "answers", 30);
  REQUIRE(answer.size() == 2);
  CHECK(nlohmann::json::parse(answer[1].text) ==
        nlohmann::json({{"id", "r1"}, {"outcome", "done"}, {"result", "01234567"}}));
  CHECK(client.cmd("GET", "jobs:result:r1") == "01234567");
  const long long ttl = client.cmd("PTTL", "jobs:result:r1").integer;
  CHECK(ttl > 50'000);
  CHECK(ttl <= 60'000);
}

TEST_CASE_METHOD(Outcomes, "whoever waits for a job that is buried or dropped is told so") {
  start();
  push(R"({"penstock":1,"id":"b","reply_to":"answers","payload":{"id":"b","exit":65}})");
  CHECK(nlohmann::json::parse(client.cmd("BLPOP", "answers", 30)[1].text)["outcome"] == "buried");
  push(R"({"penstock":1,"id":"d","reply_to":"answers","payload":{"id":"d","exit":99}})");
  CHECK(nlohmann::json::parse(client.cmd("BLPOP", "answers", 30)[1].text)["outcome"] == "dropped");
}

TEST_CASE_METHOD(Outcomes, "jobs that fail come back in the order of their due times") {
  start(", concurrency: 1, retry: {attempts: 2, backoff: fixed, base: 300ms, jitter: 0}");
  client.cmd("LPUSH", "jobs", payload("a", ",\"exit\":1"), payload("b", ",\"exit\":1"),
             payload("c", ",\"exit\":1"));
  REQUIRE(eventually([&] { return client.cmd("ZCARD", "jobs:dead") == 3; }));
  CHECK(history.starts() == std::vector<std::string>{"a", "b", "c", "a", "b", "c"});
}

}  // namespace
}  // namespace penstock::test
