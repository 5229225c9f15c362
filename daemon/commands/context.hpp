// What most commands need: the configuration, or its errors on standard error; and a way to speak
// with Redis once.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "daemon/config/model.hpp"
#include "penstock/async/task.hpp"
#include "penstock/redis/client.hpp"

namespace penstock::commands {

/// Reads the file; on errors prints each on standard error and returns the exit status.
std::expected<config::Config, int> load_config(const std::filesystem::path& file);

/// One line on standard error: `penstock: what`, with what could break the line or steer a terminal
/// escaped as in the log.
void complain(std::string_view what);

/// `status`, or kOutput in place of kDone, after a complaint, when standard output does not take
/// what was printed. `did` is for the complaint: what was done all the same.
int written(int status, std::string_view did = "");

/// The queue of that name, or null after a complaint that names the others.
const config::QueueConfig* find_queue(const config::Config& config, std::string_view name);

/// Runs `work` with a connected client and returns the exit status it gives. Errors: Unavailable
/// when Redis cannot be reached within its connect_timeout, or refuses; else what `work` throws.
int with_redis(const config::Config& config, std::function<async::Task<int>(redis::Client&)> work);

}  // namespace penstock::commands
