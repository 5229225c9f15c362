// penstock dev: the daemon with a Redis of its own: an append-only file in a directory of the
// user's, a unix socket for the daemon, a loopback port for redis-cli.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "daemon/commands/commands.hpp"
#include "daemon/commands/context.hpp"
#include "daemon/commands/exit_codes.hpp"
#include "daemon/service/daemon.hpp"
#include "penstock/async/loop.hpp"
#include "penstock/async/task_group.hpp"
#include "penstock/process/run.hpp"

namespace penstock::commands {
namespace {

namespace fs = std::filesystem;

/// Where the user's state is kept, by the XDG base directory specification.
fs::path default_data() {
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state != '\0')
    return fs::path(state) / "penstock";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
    return fs::path(home) / ".local/state/penstock";
  return "penstock-data";
}

class PrivateRedis {
 public:
  PrivateRedis(fs::path data, std::uint16_t port) : data_(std::move(data)), port_(port) {}

  std::string socket() const { return (data_ / "redis.sock").string(); }

  /// Makes the directory, closed to others; one that is there stays as it is. Errors:
  /// std::filesystem::filesystem_error when it cannot be had; Unavailable when a Redis runs there:
  /// two of them would spoil one another's file.
  void prepare() const {
    if (answers())
      throw Unavailable("a Redis runs in " + data_.string() +
                        " already. If no other `penstock dev` uses it, end it: redis-cli -s " +
                        socket() + " shutdown");
    if (fs::is_directory(data_)) return;
    fs::create_directories(data_);
    fs::permissions(data_, fs::perms::owner_all);
  }

  /// Runs it until cancelled, or until this process ends in any way. Errors: Unavailable when it
  /// cannot be started or ends by itself.
  async::Task<> run() {
    process::Spec spec{.argv = {"redis-server", "--dir",       data_.string(),
                                "--unixsocket", socket(),      "--unixsocketperm",
                                "700",          "--port",      std::to_string(port_),
                                "--bind",       "127.0.0.1",   "--appendonly",
                                "yes",          "--save",      "",
                                "--loglevel",   "warning",     "--logfile",
                                "/dev/stderr",  "--daemonize", "no"}};
    spec.environment = {"PATH=" + std::string(std::getenv("PATH") != nullptr ? std::getenv("PATH")
                                                                             : "/usr/bin:/bin")};
    spec.ends_with = getpid();
    spec.grace = std::chrono::seconds(30);  // it writes its file out
    std::string last_words;
    spec.on_error_line = [&last_words](std::string_view line) {
      if (!line.contains("WARNING")) last_words = line;
    };
    process::Exit exit;
    try {
      exit = co_await process::run(std::move(spec));
    } catch (const process::SpawnError& error) {
      throw Unavailable(std::string(error.what()) + " (apt install redis-server)");
    }
    throw Unavailable("the private Redis has ended: " + reason(exit, last_words));
  }

  /// What a user types to enqueue.
  std::string redis_cli() const {
    return port_ != 0 ? "redis-cli -p " + std::to_string(port_) : "redis-cli -s " + socket();
  }

 private:
  /// Who is ended by a signal has not said why.
  static std::string reason(const process::Exit& exit, const std::string& last_words) {
    if (exit.signal != 0) return "ended by signal " + std::to_string(exit.signal);
    const std::string code = "exit status " + std::to_string(exit.code);
    return last_words.empty() ? code : last_words + " (" + code + ")";
  }

  bool answers() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket().copy(std::begin(address.sun_path), sizeof address.sun_path - 1) < socket().size())
      return false;
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool connected =
        ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return connected;
  }

  const fs::path data_;
  const std::uint16_t port_;
};

async::Task<> run_both(PrivateRedis& redis, service::DaemonOptions options) {
  co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
    group.spawn(redis.run(), "private redis");
    co_await service::run_daemon(std::move(options));
    group.cancel();
  });
}

void greet(const PrivateRedis& redis, const config::Config& config) {
  const config::QueueConfig& queue = config.queues.front();
  const char* push = queue.pop == job::PopEnd::kRight ? "LPUSH" : "RPUSH";
  std::fprintf(stderr,
               "Starting a private Redis. To enqueue, once it runs:\n\n  %s %s %s "
               "'{\"any\":\"payload\"}'\n\n",
               redis.redis_cli().c_str(), push, queue.list.c_str());
}

}  // namespace

int dev(const DevOptions& options) {
  auto config = load_config(options.config_file);
  if (!config) return config.error();
  PrivateRedis redis(fs::absolute(options.data.empty() ? default_data() : options.data),
                     options.port);
  const auto use_private_redis = [&redis](config::Config& loaded) {
    loaded.redis.address = redis::Address::unix_socket(redis.socket());
    loaded.redis.database = 0;
    loaded.redis.username.clear();
    loaded.redis.password = config::Secret();
    loaded.redis.password_file.clear();
  };
  redis.prepare();
  greet(redis, *config);
  async::Loop loop;
  loop.run(run_both(redis, {.config_file = options.config_file,
                            .config = std::move(*config),
                            .adapt = use_private_redis}));
  return kDone;
}

}  // namespace penstock::commands
