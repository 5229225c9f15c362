#include "daemon/commands/commands.hpp"
#include "daemon/commands/context.hpp"
#include "daemon/commands/exit_codes.hpp"
#include "daemon/service/daemon.hpp"
#include "penstock/async/loop.hpp"

namespace penstock::commands {

int run(const std::filesystem::path& config_file) {
  auto config = load_config(config_file);
  if (!config) return config.error();
  async::Loop loop;
  loop.run(service::run_daemon({.config_file = config_file, .config = std::move(*config)}));
  return kDone;
}

}  // namespace penstock::commands
