// The log: all of one job is found by its id, and nobody's bytes forge a line.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "support/scenario.hpp"

namespace penstock::test {
namespace {

/// A queue whose jobs complain to standard error, fail twice and are buried.
std::string config(const RedisServer& redis, const std::string& format) {
  return "redis: {url: \"unix://" + redis.socket().string() +
         "\"}\ninstance: one\nlog: {level: debug, format: " + format + "}\n" +
         "queues:\n"
         "  jobs:\n"
         "    exec: [sh, -c, 'echo \"could not reach $0\" >&2; exit 3', '{{host}}']\n"
         "    retry: {attempts: 2, backoff: fixed, base: 50ms}\n"
         "  shout: {exec: [sh, -c, 'cat >&2']}\n";
}

struct Logged {
  RedisServer redis;
  RedisClient client = redis.client();

  void run_to_the_end(DaemonProcess& daemon) {
    client.cmd("LPUSH", "jobs",
               R"({"penstock":1,"id":"job-7","type":"sync","payload":{"host":"db1"}})");
    REQUIRE(eventually([&] { return client.cmd("ZCARD", "jobs:dead") == 1; }));
    CHECK(daemon.stop() == 0);
  }
};

TEST_CASE_METHOD(Logged, "one job's whole life is found by grep in logfmt") {
  DaemonProcess daemon(config(redis, "logfmt"));
  run_to_the_end(daemon);
  std::ofstream(daemon.directory() / "all") << daemon.log();
  const Ended grep = run_command({"grep", "job=job-7", daemon.directory() / "all"});
  for (const char* part : {"started", "\"could not reach db1\"", "failed", "attempt=1", "attempt=2",
                           "buried", "queue=jobs", "type=sync", "retry_in", "duration"}) {
    INFO(part);
    CHECK(grep.out.find(part) != std::string::npos);
  }
  CHECK(std::ranges::count(grep.out, '\n') == 6);
}

TEST_CASE_METHOD(Logged, "one job's whole life is found by jq in json") {
  DaemonProcess daemon(config(redis, "json"));
  run_to_the_end(daemon);
  std::ofstream(daemon.directory() / "all") << daemon.log();
  const Ended jq = run_command({"jq", "-r", "select(.job == \"job-7\") | \"\\(.attempt) \\(.msg)\"",
                                daemon.directory() / "all"});
  CHECK(jq.code == 0);
  CHECK(jq.out ==
        "1 started\n1 could not reach db1\n1 failed\n2 started\n2 could not reach db1\n2 buried\n");
}

constexpr const char* kForgery =
    "x\nts=2026-01-01T00:00:00Z level=error msg=forged job=other\r\n"
    "{\"ts\":\"2026-01-01T00:00:00Z\",\"level\":\"error\",\"msg\":\"forged\"}\n"
    "\x1b[31mred\x1b[0m \x9b\x31m \xe2\x80\xae"
    "evil \x7f";

TEST_CASE_METHOD(Logged, "no payload and no output forges a line, in any format") {
  for (const std::string format : {"json", "logfmt", "console"}) {
    DaemonProcess daemon(config(redis, format));
    client.cmd("LPUSH", "shout", kForgery);
    client.cmd("LPUSH", "shout", "{\"penstock\":1,\"id\":\"a\\nb level=error\",\"payload\":1}");
    REQUIRE(eventually([&] { return left_in(client, "shout") == 0 && daemon.told("red") > 0; }));
    CHECK(daemon.stop() == 0);
    const std::string log = daemon.log();
    CHECK(log.find("\nts=2026-01") == std::string::npos);
    CHECK(log.find("\n{\"ts\":\"2026-01") == std::string::npos);
    CHECK(log.find("\nx") == std::string::npos);
    CHECK(log.find('\x1b') == std::string::npos);
    CHECK(log.find('\x7f') == std::string::npos);
    CHECK(log.find("\xe2\x80\xae") == std::string::npos);
    if (format == "json")
      CHECK(daemon.lines().size() == static_cast<std::size_t>(std::ranges::count(log, '\n')));
  }
}

}  // namespace
}  // namespace penstock::test
