// The daemon's life between its first line and its last: an instance, the signals that steer it,
// reload, and what systemd hears.
#pragma once

#include <filesystem>

#include "daemon/config/model.hpp"
#include "penstock/async/task.hpp"

namespace penstock::service {

struct DaemonOptions {
  std::filesystem::path config_file;
  config::Config config;
  /// Changes a configuration as it is loaded, at the start and at each reload (`penstock dev` puts
  /// its own Redis in).
  std::function<void(config::Config&)> adapt = [](config::Config&) {};
};

/// Starts the log, then works until a signal says stop.
/// Errors: job::NameTaken.
async::Task<> run_daemon(DaemonOptions options);

}  // namespace penstock::service
