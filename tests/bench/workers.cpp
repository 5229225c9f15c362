// Measurements whose worker is this very program, started again: an Instance of the library with a
// handler of its own.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <thread>

#include "bench/ceiling.hpp"
#include "bench/measure.hpp"
#include "bench/rows.hpp"
#include "daemon/handlers/exec.hpp"
#include "penstock/async/signals.hpp"
#include "penstock/job/instance.hpp"
#include "penstock/log/log.hpp"
#include "support/daemon_process.hpp"

extern char** environ;

namespace penstock::bench {
namespace {

/// Stamps as its first statement.
class StampHandler final : public job::Handler {
 public:
  explicit StampHandler(const std::string& file) : out_(file) {}
  async::Task<job::HandlerEnd> run(const job::Attempt& attempt) override {
    const std::int64_t now = now_ns();
    out_ << (now - std::atoll(std::string(attempt.job.payload()).c_str())) << '\n' << std::flush;
    co_return job::HandlerEnd{};
  }

 private:
  std::ofstream out_;
};

async::Task<> serve(job::InstanceOptions options) {
  job::Instance instance(std::move(options));
  co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
    group.spawn([&]() -> async::Task<> {
      async::Signals signals{SIGTERM};
      co_await signals.next();
      instance.stop();
    });
    co_await instance.run();
    group.cancel();
  });
}

int serve_queue(const std::string& socket, const std::string& queue,
                std::shared_ptr<job::Handler> handler) {
  log::set_level(log::Level::kWarning);
  job::LaneOptions lane;
  lane.name = lane.source = queue;
  lane.handler = std::move(handler);
  job::InstanceOptions options;
  options.name = "bench";
  options.redis.address = redis::Address::unix_socket(socket);
  options.lanes.push_back(std::make_shared<const job::LaneOptions>(std::move(lane)));
  async::Loop loop;
  loop.run(serve(std::move(options)));
  return 0;
}

/// This program as a worker; ended with the object.
class Worker {
 public:
  explicit Worker(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "bench");
    std::vector<char*> words;
    for (std::string& argument : arguments) words.push_back(argument.data());
    words.push_back(nullptr);
    if (posix_spawn(&pid_, "/proc/self/exe", nullptr, nullptr, words.data(), environ) != 0)
      std::abort();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

std::vector<double> read_microseconds(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<double> values;
  for (double nanoseconds = 0; in >> nanoseconds;) values.push_back(nanoseconds / 1000);
  return values;
}

double exec_per_second(const test::RedisServer& redis, test::RedisClient& client, std::size_t jobs,
                       std::size_t held_mb) {
  fill(client, "exec", jobs, 100);
  const Worker worker({"--exec-worker", redis.socket().string(), std::to_string(held_mb)});
  wait_until([&] { return client.cmd("LLEN", "exec").integer < static_cast<long long>(jobs); });
  const auto left = static_cast<double>(client.cmd("LLEN", "exec").integer);
  const std::int64_t start = now_ns();
  wait_until([&] { return client.cmd("LLEN", "exec").integer == 0; });
  return left / seconds_since(start);
}

}  // namespace

int run_worker(int argc, char** argv) {
  const std::vector<std::string> words(argv, argv + argc);
  if (words.size() == 4 && words[1] == "--latency-worker") {
    return serve_queue(words[2], "latency", std::make_shared<StampHandler>(words[3]));
  }
  if (words.size() == 4 && words[1] == "--exec-worker") {
    static const std::vector<char> held(std::stoul(words[3]) << 20U, 'x');
    config::ExecHandler options;
    options.command.push_back(*job::Template::parse("/bin/true"));
    return serve_queue(
        words[2], "exec",
        std::make_shared<handlers::ExecHandler>(std::move(options), log::Level::kInfo));
  }
  return -1;
}

void measure_exec(Report& report, const Scale& scale) {
  const test::RedisServer redis;
  test::RedisClient client = redis.client();
  for (const std::size_t held : {0U, 200U}) {
    const std::string with = held == 0 ? "" : ", 200 MB resident";
    const double ceiling = spawn_ceiling(scale.exec_jobs, 2, held);
    report.add({.what = "exec /bin/true" + with,
                .unit = "jobs/s",
                .figures = {exec_per_second(redis, client, scale.exec_jobs, held)},
                .against_what = "posix_spawn, 2 at once" + with,
                .against = {ceiling},
                .target = 0.85,
                .of_ratio = true});
  }
}

void measure_latency(Report& report, const Scale& scale) {
  constexpr double kRate = 200;
  const auto count = static_cast<std::size_t>(kRate * scale.latency_seconds);
  const test::RedisServer redis;
  test::RedisClient client = redis.client();
  const std::vector<double> floor = blmove_floor(redis.socket(), kRate, count);
  const test::TempDir place;
  {
    const Worker worker({"--latency-worker", redis.socket().string(), (place / "stamps").string()});
    wait_until([&] { return client.cmd("EXISTS", "latency:wake:bench").integer == 1; });
    push_stamps(redis.socket(), "latency", kRate, count);
    wait_until([&] { return read_microseconds(place / "stamps").size() >= count; });
  }
  const std::vector<double> ours = read_microseconds(place / "stamps");
  for (const auto& [name, share, target] :
       {std::tuple{"p50", 0.5, 1.6}, std::tuple{"p99", 0.99, 2.0}}) {
    report.add({.what = std::string("push to start at 200/s, ") + name,
                .unit = "us",
                .figures = {percentile(ours, share)},
                .against_what = "BLMOVE loop",
                .against = {percentile(floor, share)},
                .target = target,
                .at_least = false,
                .of_ratio = true});
  }
}

}  // namespace penstock::bench
