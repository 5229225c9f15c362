// What commands may do to the daemon that runs them.
#include <catch2/catch.hpp>
#include <fstream>
#include <set>

#include "support/scenario.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

struct Handlers {
  RedisServer redis;
  RedisClient client = redis.client();
  std::optional<DaemonProcess> daemon;
  std::string marker =
      "penstock-test-" + std::to_string(getpid()) + "-" + std::to_string(redis.pid());

  /// One queue, `jobs`: a shell script, with the marker in its environment, and more options.
  void start(const std::string& script, const std::string& more,
             const std::string& handler_more = "") {
    daemon.emplace(config_on(redis, "  jobs:\n    exec:\n      command: [sh, -c, '" + script +
                                        "']\n      env: {MARKER: " + marker + "}\n" + handler_more +
                                        more));
    daemon->wait_until_working();
  }
  bool settled() {
    return eventually([&] { return left_in(client, "jobs") == 0; });
  }
  /// Processes that a job has left.
  std::size_t survivors() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      std::ifstream file(entry.path() / "environ", std::ios::binary);
      const std::string environment((std::istreambuf_iterator<char>(file)),
                                    std::istreambuf_iterator<char>());
      if (environment.find("MARKER=" + marker) != std::string::npos) ++count;
    }
    return count;
  }
  double peak_mib() const {
    std::ifstream file("/proc/" + std::to_string(daemon->pid()) + "/status");
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("VmHWM:")) return std::strtod(line.c_str() + 6, nullptr) / 1024;
    }
    return 0;
  }
};

// A sanitizer's own memory is not the daemon's.
constexpr bool kMeasurable =
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    false;
#else
    true;
#endif
#else
    true;
#endif

TEST_CASE_METHOD(Handlers, "a job that talks without end does not fill the log's disk") {
  start("yes | head -n 200000 >&2", "");
  client.cmd("LPUSH", "jobs", "x");
  REQUIRE(eventually([&] { return client.cmd("HGET", "jobs:stats", "done") == "1"; }));
  REQUIRE(eventually([&] { return daemon->told("lines of standard error left out") == 1; }));
  const std::size_t lines = daemon->told("\"stream\":\"stderr\"");
  CHECK(lines >= 1'000);  // the log itself leaves lines out when its writer falls behind
  CHECK(lines < 150'000);
}

TEST_CASE_METHOD(
    Handlers,
    "a handler that ignores SIGTERM, forks and prints a gigabyte is gone after timeout and grace") {
  const std::string stream = GENERATE("", " >&2");
  start("trap \"\" TERM; (trap \"\" TERM; exec sleep 300) & head -c 1000000000 /dev/zero" + stream +
            "; sleep 300",
        "    timeout: 2s\n    retry: {attempts: 1}", "      grace: 1s\n");
  client.cmd("LPUSH", "jobs", "x");
  REQUIRE(settled());
  REQUIRE(eventually([&] { return daemon->lines("buried").size() == 1; }));
  const double took = daemon->lines("buried").front()["duration_ms"];
  CHECK(took >= 2900);
  CHECK(took < 3100);
  CHECK(eventually([&] { return survivors() == 0; }, 2s));
  if (kMeasurable) CHECK(peak_mib() < 40);
  const auto cut = daemon->lines(stream.empty() ? "output cut" : "lines of standard error cut");
  REQUIRE(cut.size() == 1);
  CHECK(cut.front()["bytes"] == 1'000'000'000);
}

TEST_CASE_METHOD(Handlers, "grandchildren that stay behind do not survive a job that ends well") {
  start("(trap \"\" TERM; exec sleep 300) & exit 0", "");
  client.cmd("LPUSH", "jobs", "x");
  REQUIRE(settled());
  CHECK(eventually([&] { return daemon->lines("done").size() == 1; }));
  CHECK(eventually([&] { return survivors() == 0; }, 5s));
}

TEST_CASE_METHOD(Handlers, "handlers of every bad habit end, and leave nothing") {
  const std::string habit = GENERATE(
      as<std::string>(), "exit 0", "exec <&- >&- 2>&-; exit 0", "kill -STOP $$",
      "yes | head -n 200000 >&2", "head -c 3000000 /dev/urandom; head -c 3000000 /dev/urandom >&2",
      "while :; do :; done", "kill -SEGV $$");
  start(habit, "    timeout: 1s\n    retry: {attempts: 1}", "      grace: 300ms\n");
  client.cmd("LPUSH", "jobs", std::string(1'000'000, 'p'));
  INFO(habit);
  CHECK(settled());
  CHECK(eventually([&] { return survivors() == 0; }, 5s));
  CHECK(daemon->stop() == 0);
}

TEST_CASE_METHOD(Handlers, "what cannot be started is tried again, and opens the breaker at once") {
  const std::string command = GENERATE("/no/such/command", "/etc/passwd", "/tmp");
  daemon.emplace(config_on(redis, "  jobs: {exec: [\"" + command + "\"]}"));
  daemon->wait_until_working();
  for (int i = 0; i < 20; ++i) client.cmd("LPUSH", "jobs", "x");
  REQUIRE(eventually([&] { return daemon->lines("breaker").size() == 1; }));
  CHECK(eventually(
      [&] { return client.cmd("LLEN", "jobs") == 19 && client.cmd("ZCARD", "jobs:retry") == 1; }));
}

TEST_CASE_METHOD(
    Handlers, "an argument that no process can take buries or retries the job, and stops nothing") {
  daemon.emplace(config_on(redis,
                           "  jobs: {exec: [\"true\", \"{{a}}\"], max_payload: 4MiB, breaker: "
                           "{failures: 0}, retry: {attempts: 1}}"));
  daemon->wait_until_working();
  client.cmd("LPUSH", "jobs", "{\"a\":\"" + std::string(3'000'000, 'x') + "\"}");
  client.cmd("LPUSH", "jobs", "{\"a\":\"nul\\u0000byte\"}");
  client.cmd("LPUSH", "jobs", "{\"b\":1}");
  client.cmd("LPUSH", "jobs", "not json");
  REQUIRE(settled());
  CHECK(client.cmd("ZCARD", "jobs:dead") == 4);
  client.cmd("LPUSH", "jobs", "{\"a\":\"fine\"}");
  CHECK(eventually([&] { return daemon->lines("done").size() == 1; }, 90s));
}

}  // namespace
}  // namespace penstock::test
