// A queue whose other side is ill waits, loses nothing, and slows nobody.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "support/scenario.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kJobs = 200;

/// A queue, `ill`, whose commands end as a file says.
struct Breaker {
  RedisServer redis;
  History history;
  TempDir dir;
  RedisClient client = redis.client();
  std::vector<std::string> pushed;

  Breaker() { answer(75); }

  void answer(int code) const {
    std::ofstream(dir / "new") << code;
    std::filesystem::rename(dir / "new", dir / "code");
  }
  void push(const std::string& more = "") {
    for (std::size_t i = 0; i < kJobs; ++i) {
      pushed.push_back(payload("j" + std::to_string(i), more));
      client.cmd("LPUSH", "ill", pushed.back());
    }
  }
  std::string exec() const {
    return "[sh, -c, 'exec \"$0\" \"$1\" \"$2\" 0 $(cat " + (dir / "code").string() + ")', " +
           history.exec().substr(1);
  }
  std::string ill(const std::string& options) const {
    return "  ill: {concurrency: 4, buffer: 20, retry: {backoff: fixed, base: 1h}, " + options +
           "}";
  }
  std::vector<std::string> waiting() {
    std::vector<std::string> all = client.cmd("LRANGE", "ill", 0, -1).texts();
    std::ranges::reverse(all);
    return all;
  }
  /// All but the first `gone` stand in the list, in their order and unchanged.
  bool rest_waits(std::size_t gone) {
    return eventually([&] {
      return waiting() == std::vector<std::string>(
                              pushed.begin() + static_cast<std::ptrdiff_t>(gone), pushed.end());
    });
  }
};

TEST_CASE_METHOD(Breaker,
                 "an ill queue stops after the threshold, and what was buffered goes back") {
  push();
  DaemonProcess daemon(config_on(redis, ill("breaker: {failures: 5, reset: 1h}, exec: " + exec())));
  REQUIRE(eventually([&] { return daemon.told("\"to\":\"open\"") == 1; }));
  REQUIRE(eventually([&] { return client.cmd("EXISTS", "ill:inflight:one") == 0; }));
  const std::size_t tried = history.starts().size();
  CHECK(tried >= 5);
  CHECK(tried <= 5 + 3);
  CHECK(rest_waits(tried));
  CHECK(client.cmd("ZCARD", "ill:retry") == static_cast<long long>(tried));
}

TEST_CASE_METHOD(Breaker, "half-open lets the probes through and no more; a success reopens") {
  push();
  DaemonProcess daemon(
      config_on(redis, ill("breaker: {failures: 5, reset: 500ms, probes: 2}, exec: " + exec())));
  std::size_t before = 0;
  for (std::size_t period = 1; period <= 4; ++period) {
    REQUIRE(eventually([&] { return daemon.told("\"to\":\"open\"") == period; }));
    REQUIRE(eventually([&] { return client.cmd("EXISTS", "ill:inflight:one") == 0; }));
    const std::size_t tried = history.starts().size();
    if (period > 1) CHECK(tried - before <= 2);
    if (period > 1) CHECK(tried - before >= 1);
    CHECK(rest_waits(tried));
    before = tried;
  }
  answer(0);
  REQUIRE(eventually([&] { return client.cmd("LLEN", "ill") == 0; }));
  REQUIRE(eventually([&] { return history.runs().size() == kJobs; }));
  CHECK(daemon.told("\"to\":\"closed\"") == 1);
  for (const auto& [id, runs] : history.runs()) {
    CHECK(runs.size() == 1);
    CHECK(runs.front().run == 1);
    CHECK(runs.front().attempt == 1);
  }
}

TEST_CASE_METHOD(Breaker, "jobs that time out open the breaker") {
  push(",\"ms\":60000");
  DaemonProcess daemon(config_on(
      redis, ill("timeout: 100ms, breaker: {failures: 3, reset: 1h}, exec: " + history.exec())));
  REQUIRE(eventually([&] { return daemon.told("\"to\":\"open\"") == 1; }));
  REQUIRE(eventually([&] { return client.cmd("EXISTS", "ill:inflight:one") == 0; }));
  const auto tried = static_cast<std::size_t>(client.cmd("ZCARD", "ill:retry").integer);
  CHECK(tried <= 3 + 3);
  CHECK(rest_waits(tried));
}

TEST_CASE_METHOD(Breaker, "a command that does not exist opens the breaker at once") {
  push();
  DaemonProcess daemon(
      config_on(redis, ill("breaker: {failures: 5, reset: 1h}, exec: [/does/not/exist]")));
  REQUIRE(eventually([&] { return daemon.told("\"to\":\"open\"") == 1; }));
  REQUIRE(eventually([&] { return client.cmd("EXISTS", "ill:inflight:one") == 0; }));
  const auto tried = static_cast<std::size_t>(client.cmd("ZCARD", "ill:retry").integer);
  CHECK(tried <= 4);
  CHECK(rest_waits(tried));
}

TEST_CASE_METHOD(Breaker, "a healthy queue beside an ill one works on at its speed") {
  DaemonProcess daemon(
      config_on(redis, ill("breaker: {failures: 5, reset: 100ms}, exec: " + exec()) +
                           "\n  well: {concurrency: 10, noop: {wait: 2ms}}"));
  daemon.wait_until_working();
  const auto time_of_jobs = [&] {
    for (int i = 0; i < 2000; ++i) client.cmd("RPUSH", "later", payload(std::to_string(i)));
    const Moment began = std::chrono::steady_clock::now();
    client.cmd("RENAME", "later", "well");
    client.cmd("LPUSH", "well", payload("bell"));
    REQUIRE(eventually([&] { return left_in(client, "well") == 0; }, 30s, 1ms));
    return std::chrono::steady_clock::now() - began;
  };
  const auto alone = time_of_jobs();
  push();
  REQUIRE(eventually([&] { return daemon.told("\"to\":\"open\"") >= 2; }));
  CHECK(time_of_jobs() < 2 * alone);
  CHECK(client.cmd("LLEN", "ill").integer > 0);
}

}  // namespace
}  // namespace penstock::test
