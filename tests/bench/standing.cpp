// What the daemon costs when it stands still, starts, or has a mountain before it.
#include <thread>

#include "bench/measure.hpp"
#include "bench/rows.hpp"
#include "support/daemon_process.hpp"

namespace penstock::bench {
namespace {

std::string head(const test::RedisServer& redis) {
  return "redis: {url: \"unix://" + redis.socket().string() +
         "\"}\nlog: {level: warning, format: logfmt}\nqueues:\n";
}

}  // namespace

void measure_idle(Report& report, const Scale& scale) {
  const test::RedisServer redis;
  test::RedisClient client = redis.client();
  std::string config = head(redis);
  for (int queue = 0; queue < 20; ++queue)
    config += "  q" + std::to_string(queue) + ":\n    noop: {}\n";
  test::DaemonProcess daemon(config);
  wait_until([&] { return client.cmd("KEYS", "*:wake:*").size() == 20; });
  std::this_thread::sleep_for(std::chrono::seconds(1));  // the last of its start
  const double commands = redis_info(client, "stats", "total_commands_processed");
  const double cpu = cpu_seconds(daemon.pid());
  const std::int64_t start = now_ns();
  std::this_thread::sleep_for(std::chrono::duration<double>(scale.idle_seconds));
  const double seconds = seconds_since(start);
  const double sent =
      redis_info(client, "stats", "total_commands_processed") - commands - 1;  // our own INFO
  report.add({.what = "idle, 20 queues: Redis commands",
              .unit = "1/s",
              .figures = {sent / seconds},
              .target = 2,
              .at_least = false});
  report.add({.what = "idle, 20 queues: daemon",
              .unit = "CPU s/20s",
              .figures = {(cpu_seconds(daemon.pid()) - cpu) * 20 / seconds}});
  report.add({.what = "idle, 20 queues: daemon's memory",
              .unit = "MiB",
              .figures = {resident_mib(daemon.pid())},
              .target = 16,
              .at_least = false});
  daemon.stop();
}

void measure_start(Report& report) {
  const test::RedisServer redis;
  test::RedisClient client = redis.client();
  client.cmd("LPUSH", "work", R"({"penstock":1,"payload":{},"reply_to":"work:ended"})");
  const std::int64_t start = now_ns();
  test::DaemonProcess daemon(head(redis) + "  work:\n    noop: {}\n");
  wait_until([&] { return client.cmd("EXISTS", "work:ended").integer == 1; });
  report.add({.what = "start to the first job's end",
              .unit = "ms",
              .figures = {seconds_since(start) * 1000},
              .target = 50,
              .at_least = false});
  daemon.stop();
}

void measure_backlog(Report& report, const Scale& scale) {
  const test::RedisServer redis;
  test::RedisClient client = redis.client();
  fill(client, "work", scale.backlog, 200);
  test::DaemonProcess daemon(head(redis) + "  work:\n    noop: {wait: 1s}\n");
  wait_until(
      [&] { return client.cmd("LLEN", "work").integer < static_cast<long long>(scale.backlog); });
  std::this_thread::sleep_for(std::chrono::seconds(3));
  report.add({.what = std::to_string(scale.backlog) + " queued jobs: daemon's peak memory",
              .unit = "MiB",
              .figures = {peak_mib(daemon.pid())},
              .target = 16,
              .at_least = false});
  daemon.stop();
}

}  // namespace penstock::bench
