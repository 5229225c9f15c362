// noop jobs: how fast they go through, and what that costs the daemon and Redis.
#include <tuple>

#include "bench/ceiling.hpp"
#include "bench/measure.hpp"
#include "bench/rows.hpp"
#include "support/daemon_process.hpp"

namespace penstock::bench {
namespace {

constexpr std::size_t kPayload = 200;

struct Drained {
  double per_second = 0;
  double cpu_per_100k = 0;
  double redis_cpu_per_100k = 0;
  double peak = 0;
};

std::string config(const test::RedisServer& redis, const std::string& level) {
  return "redis: {url: \"unix://" + redis.socket().string() + "\"}\nlog: {level: " + level +
         ", format: logfmt}\n"
         "queues:\n  work:\n    noop: {}\n";
}

std::uint64_t waiting(test::RedisClient& client) {
  return static_cast<std::uint64_t>(client.cmd("LLEN", "work").integer);
}

/// The daemon as shipped drains `jobs` jobs.
Drained drain(const test::RedisServer& redis, test::RedisClient& client, std::size_t jobs,
              const std::string& level) {
  fill(client, "work", jobs, kPayload);
  test::DaemonProcess daemon(config(redis, level));
  wait_until([&] { return waiting(client) < jobs; });
  const std::uint64_t left = waiting(client);
  const std::int64_t start = now_ns();
  const double cpu = cpu_seconds(daemon.pid());
  const double redis_cpu = redis_cpu_seconds(client);
  wait_until([&] { return waiting(client) == 0; });
  Drained drained;
  const double seconds = seconds_since(start);
  const double hundreds = static_cast<double>(left) / 100'000;
  drained.per_second = static_cast<double>(left) / seconds;
  drained.cpu_per_100k = (cpu_seconds(daemon.pid()) - cpu) / hundreds;
  drained.redis_cpu_per_100k = (redis_cpu_seconds(client) - redis_cpu) / hundreds;
  drained.peak = peak_mib(daemon.pid());
  daemon.stop();
  return drained;
}

}  // namespace

void measure_noop(Report& report, const Scale& scale, bool append_only) {
  const test::RedisServer redis({.append_only = append_only});
  test::RedisClient client = redis.client();
  const std::string with = append_only ? ", append-only file" : "";
  fill(client, "work", scale.noop_jobs, kPayload);
  const double ceiling = batched_script_ceiling(redis.socket(), scale.noop_jobs);
  const Drained quiet = drain(redis, client, scale.noop_jobs, "warning");
  report.add({.what = "noop" + with,
              .unit = "jobs/s",
              .figures = {quiet.per_second},
              .against_what = "batched scripts",
              .against = {ceiling},
              .target = 0.5,
              .of_ratio = true});
  report.add({.what = "noop: daemon" + with,
              .unit = "CPU s/100k",
              .figures = {quiet.cpu_per_100k},
              .target = 0.5,
              .at_least = false});
  report.add({.what = "noop: Redis" + with,
              .unit = "CPU s/100k",
              .figures = {quiet.redis_cpu_per_100k},
              .target = append_only ? 0.6 : 0.4,
              .at_least = false});
  report.add({.what = "noop: daemon's peak memory" + with, .unit = "MiB", .figures = {quiet.peak}});
  if (append_only) return;
  const Drained talking = drain(redis, client, scale.noop_jobs, "info");
  report.add(
      {.what = "noop, a log line per job", .unit = "jobs/s", .figures = {talking.per_second}});
  report.add({.what = "noop, a log line per job: daemon",
              .unit = "CPU s/100k",
              .figures = {talking.cpu_per_100k}});
}

void measure_waiting(Report& report) {
  const test::RedisServer redis;
  test::RedisClient client = redis.client();
  for (const auto& [slots, jobs, target] :
       {std::tuple{100, 40'000, 9'000.0}, std::tuple{1'000, 300'000, 80'000.0}}) {
    fill(client, "work", static_cast<std::size_t>(jobs), kPayload);
    const std::string n = std::to_string(slots);
    test::DaemonProcess daemon("redis: {url: \"unix://" + redis.socket().string() +
                               "\"}\nlog: {level: warning, format: logfmt}\nconcurrency: " + n +
                               "\nqueues:\n  work:\n    noop: {wait: 10ms}\n    concurrency: " + n +
                               "\n");
    wait_until([&] { return client.cmd("LLEN", "work").integer < jobs * 9 / 10; });
    const auto left = static_cast<double>(client.cmd("LLEN", "work").integer);
    const std::int64_t start = now_ns();
    const double cpu = cpu_seconds(daemon.pid());
    wait_until([&] { return client.cmd("LLEN", "work").integer == 0; });
    const double seconds = seconds_since(start);
    report.add({.what = "jobs that wait 10 ms, " + n + " slots",
                .unit = "jobs/s",
                .figures = {left / seconds},
                .against_what = "ideal",
                .against = {slots * 100.0},
                .target = target});
    report.add({.what = "the same: daemon, " + n + " slots",
                .unit = "CPU s/100k",
                .figures = {(cpu_seconds(daemon.pid()) - cpu) / (left / 100'000)}});
    daemon.stop();
  }
}

}  // namespace penstock::bench
