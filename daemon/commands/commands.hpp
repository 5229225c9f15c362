// The commands, each with its options; each returns the exit status.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

namespace penstock::commands {

inline constexpr const char* kDefaultConfig = "/etc/penstock/penstock.yaml";

/// `penstock run`: the daemon in the foreground.
int run(const std::filesystem::path& config_file);

struct DevOptions {
  std::filesystem::path config_file;
  std::filesystem::path data;  // empty: a directory of the user's
  std::uint16_t port = 0;
};

/// `penstock dev`: the same with a private Redis.
int dev(const DevOptions& options);

struct CheckOptions {
  std::filesystem::path config_file;
  bool quiet = false;
  bool json = false;
};

/// `penstock check`: says what is wrong with the configuration. Never connects.
int check(const CheckOptions& options);

struct EnqueueOptions {
  std::filesystem::path config_file;
  std::string queue;
  std::string payload;  // "-": one per line of standard input
  std::string in;
  std::string at;
  std::string id;
  std::string type;
  std::string unique;
  std::string ttl;
  bool wait = false;
  std::string timeout;
  bool json = false;
};

/// `penstock enqueue`: pushes jobs, now or for later, and may wait for the outcome of one.
int enqueue(const EnqueueOptions& options);

struct StatusOptions {
  std::filesystem::path config_file;
  bool json = false;
};

/// `penstock status`: queues, running jobs, breakers, instances.
int status(const StatusOptions& options);

}  // namespace penstock::commands
