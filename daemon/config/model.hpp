// What a configuration file says, in types. Every default of the file format stands here; what has
// a policy of its own in a lower floor is that floor's type.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/config/secret.hpp"
#include "penstock/async/circuit_breaker.hpp"
#include "penstock/async/retry.hpp"
#include "penstock/job/outcome.hpp"
#include "penstock/job/policy.hpp"
#include "penstock/job/queue_store.hpp"
#include "penstock/job/template.hpp"
#include "penstock/log/log.hpp"
#include "penstock/process/command.hpp"
#include "penstock/redis/options.hpp"

namespace penstock::config {

using namespace std::chrono_literals;

struct RedisConfig {
  redis::Address address;
  int database = 0;
  std::string username;                 ///< from its key or the URL
  Secret password;                      ///< from its key, password_file or the URL
  std::filesystem::path password_file;  ///< to read again for a new connection; empty: none
  std::chrono::milliseconds connect_timeout = 5s;
  async::Backoff retry{.base = 100ms, .max = 5s};
  async::CircuitBreaker::Settings breaker{.failures = 5, .reset = 10s};
};

/// The daemon's own log.
struct LogConfig {
  log::Level level = log::Level::kInfo;
  log::Format format = log::Format::kAuto;
};

/// `exec`: a process per job.
struct ExecHandler {
  /// The program, a plain text, and its arguments; never empty once loaded.
  std::vector<job::Template> command;
  std::map<std::string, job::Template> env;  ///< over what is inherited; nothing of PENSTOCK_…
  std::string cwd;                           ///< empty: the daemon's
  std::string user;                          ///< empty: the daemon's
  process::Limits limits;
  std::chrono::milliseconds grace = 5s;  ///< between SIGTERM and SIGKILL
};

/// `noop`: built in, done after `wait`; to measure with and to try things out.
struct NoopHandler {
  std::chrono::milliseconds wait = 0ms;
};

using Handler = std::variant<ExecHandler, NoopHandler>;

struct QueueConfig {
  std::string name;  ///< 1 to 128 letters, digits and _ . : { } -
  std::string list;  ///< the Redis key
  job::PopEnd pop = job::PopEnd::kRight;
  Handler handler;
  std::size_t concurrency = 10;
  std::optional<std::size_t> buffer;  ///< nothing: the daemon chooses
  int priority = 0;
  int weight = 1;
  std::chrono::milliseconds timeout = 60s;
  std::optional<std::chrono::milliseconds> expires;  ///< nothing: never
  job::RetryPolicy retry;
  async::CircuitBreaker::Settings breaker;
  job::OutcomeTable outcomes;
  job::DeadPolicy dead;
  job::ResultPolicy result;
  int crashes = 3;
  std::uint64_t max_payload = 1U << 20U;        ///< bytes; a job with a larger one is buried unrun
  log::Level output_level = log::Level::kInfo;  ///< of a handler's standard error
};

struct Config {
  RedisConfig redis;
  std::string instance;  ///< empty: the host's name
  std::size_t concurrency = 50;
  std::chrono::milliseconds shutdown_timeout = 25s;
  LogConfig log;
  std::vector<QueueConfig> queues;  ///< at least one, in the file's order
};

}  // namespace penstock::config
