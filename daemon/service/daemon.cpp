#include "daemon/service/daemon.hpp"

#include <csignal>

#include "daemon/config/loader.hpp"
#include "daemon/service/lanes.hpp"
#include "daemon/service/restart.hpp"
#include "daemon/service/supervisor.hpp"
#include "penstock/async/signals.hpp"
#include "penstock/async/task_group.hpp"
#include "penstock/log/log.hpp"
#include "penstock/process/orphans.hpp"

namespace penstock::service {
namespace {

class Daemon {
 public:
  explicit Daemon(DaemonOptions options)
      : options_(std::move(options)),
        instance_(instance_options(options_.config)),
        supervisor_(instance_) {}

  async::Task<> run() {
    co_await async::task_group([this](async::TaskGroup& group) -> async::Task<> {
      group.spawn(obey_signals(), "signals");
      group.spawn(process::reap_orphans(), "orphans");
      group.spawn(supervisor_.run(), "supervisor");
      supervisor_.ready();
      co_await instance_.run();
      group.cancel();
    });
    log::info("stopped");
  }

 private:
  async::Task<> obey_signals() {
    async::Signals signals{SIGTERM, SIGINT, SIGTSTP, SIGUSR1, SIGHUP, SIGUSR2};
    for (;;) obey(co_await signals.next());
  }

  void obey(int signal) {
    switch (signal) {
      case SIGTERM:
      case SIGINT:
        supervisor_.stopping(longest_stop_);
        instance_.stop();
        break;
      case SIGTSTP:
      case SIGUSR1:
        instance_.toggle_quiet();
        break;
      case SIGHUP:
        reload();
        break;
      case SIGUSR2:
        log_dump();
        break;
      default:
        break;
    }
  }

  void reload() {
    supervisor_.reloading();
    auto loaded = config::load(options_.config_file, config::process_environment());
    if (!loaded) {
      for (const config::Diagnostic& diagnostic : loaded.error()) {
        log::error("reload: the file is wrong, the old configuration stays in force",
                   {{"error", config::format(diagnostic)}});
      }
    } else {
      options_.adapt(*loaded);
      take_over(*loaded);
    }
    supervisor_.reloaded();
  }

  void take_over(const config::Config& config) {
    for (const std::string_view key : keys_for_next_start(options_.config, config))
      log::warning("reload: this key takes effect at the next start only", {{"key", key}});
    log::set_level(config.log.level);
    longest_stop_ = longest_stop(config);
    instance_.reconfigure(instance_options(config));
    log::info("reloaded", {{"queues", config.queues.size()}});
  }

  void log_dump() {
    const std::string text = instance_.dump();
    for (std::size_t start = 0; start < text.size();) {
      const std::size_t end = std::min(text.find('\n', start), text.size());
      log::info("dump", {{"at", std::string_view(text).substr(start, end - start)}});
      start = end + 1;
    }
  }

  const DaemonOptions options_;  // of the start: what no reload changes is in force as it says
  std::chrono::milliseconds longest_stop_ = longest_stop(options_.config);
  job::Instance instance_;
  Supervisor supervisor_;
};

}  // namespace

async::Task<> run_daemon(DaemonOptions options) {
  options.adapt(options.config);
  log::Options log_options;
  log_options.level = options.config.log.level;
  log_options.format = options.config.log.format;
  log_options.instance = instance_name(options.config);
  log::start(log_options);
  process::become_subreaper();
  Daemon daemon(std::move(options));
  co_await daemon.run();
}

}  // namespace penstock::service
