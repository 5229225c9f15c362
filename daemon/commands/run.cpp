#include "daemon/commands/commands.hpp"
#include "daemon/commands/context.hpp"
#include "daemon/commands/exit_codes.hpp"
#include "daemon/service/daemon.hpp"
#include "penstock/async/loop.hpp"
#include "penstock/job/lease.hpp"
#include "penstock/log/log.hpp"

namespace penstock::commands {

int run(const std::filesystem::path& config_file) {
  auto config = load_config(config_file);
  if (!config) return config.error();
  async::Loop loop;
  int status = kDone;
  try {
    loop.run(service::run_daemon({.config_file = config_file, .config = std::move(*config)}));
  } catch (const job::NameTaken& taken) {
    log::stop();
    complain(taken.what());
    status = kNegative;
  } catch (const std::exception& error) {
    log::stop();
    complain(error.what());
    status = kUnavailable;
  }
  log::stop();
  return status;
}

}  // namespace penstock::commands
