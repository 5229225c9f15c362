#include "daemon/commands/context.hpp"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "daemon/commands/exit_codes.hpp"
#include "daemon/config/loader.hpp"
#include "daemon/service/lanes.hpp"
#include "penstock/async/task_group.hpp"
#include "penstock/async/timeout.hpp"
#include "penstock/log/escape.hpp"
#include "penstock/log/log.hpp"

namespace penstock::commands {

std::expected<config::Config, int> load_config(const std::filesystem::path& file) {
  auto loaded = config::load(file, config::process_environment());
  if (loaded) return std::move(*loaded);
  for (const config::Diagnostic& diagnostic : loaded.error()) {
    std::fprintf(stderr, "%s\n", config::format(diagnostic).c_str());
  }
  return std::unexpected(kConfig);
}

void complain(std::string_view what) {
  std::string line = "penstock: ";
  log::escape_plain(line, what);
  std::fprintf(stderr, "%s\n", line.c_str());
}

int written(int status, std::string_view did) {
  const int error = std::fflush(stdout) != 0 ? errno : 0;
  if ((error == 0 && std::ferror(stdout) == 0) || status != kDone) return status;
  std::string what = "cannot write to standard output";
  if (error != 0) what += ": " + std::generic_category().message(error);
  if (!did.empty()) (what += "; ") += did;
  complain(what);
  return kOutput;
}

const config::QueueConfig* find_queue(const config::Config& config, std::string_view name) {
  std::string others;
  for (const config::QueueConfig& queue : config.queues) {
    if (queue.name == name) return &queue;
    others += (others.empty() ? "" : ", ") + queue.name;
  }
  complain("no queue \"" + std::string(name) + "\" in the configuration; there are: " + others);
  return nullptr;
}

namespace {

async::Task<> connect(redis::Endpoint& endpoint, redis::Client& client) {
  try {
    co_await async::with_timeout(endpoint.options().connect_timeout, client.wait_connected());
  } catch (const async::Timeout&) {
    const std::string error = endpoint.status().error;
    throw Unavailable("Redis at " + endpoint.label() + " cannot be reached" +
                      (error.empty() ? "" : ": " + error));
  }
}

async::Task<int> connect_and_work(redis::Endpoint& endpoint,
                                  std::function<async::Task<int>(redis::Client&)> work) {
  int status = kUnavailable;
  redis::Client client(endpoint);
  co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
    group.spawn(client.run(), "redis");
    co_await connect(endpoint, client);
    try {
      status = co_await work(client);
    } catch (const redis::Error& error) {
      throw Unavailable("Redis at " + endpoint.label() + ": " + error.what());
    }
    group.cancel();
  });
  co_return status;
}

}  // namespace

int with_redis(const config::Config& config, std::function<async::Task<int>(redis::Client&)> work) {
  log::set_level(log::Level::kOff);
  async::Loop loop;
  redis::Endpoint endpoint(service::redis_options(config.redis, "penstock:command"));
  return loop.run(connect_and_work(endpoint, std::move(work)));
}

}  // namespace penstock::commands
