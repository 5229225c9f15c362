// The program itself as a child process, steered as its users steer it: by its configuration file
// and by signals; and the ends of its other commands.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/temp_dir.hpp"

namespace penstock::test {

/// What a command that has ended left behind.
struct Ended {
  int code = 0;  // its exit code, or 128 and the signal
  std::string out;
  std::string err;
};

/// Runs `words` to its end. The program `penstock` is the one under test.
Ended run_command(const std::vector<std::string>& words, std::string_view input = "");

/// `penstock run` in a directory of its own. Only processes started here are ever signalled; the
/// last one is killed with the object, and ends with the test's process, however that ends.
class DaemonProcess {
 public:
  /// Starts it; returns at once.
  explicit DaemonProcess(std::string_view config);
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;
  ~DaemonProcess();

  /// Again, with the same file and log. REQUIRES: ended.
  void start();
  /// Waits until it fetches. Errors: std::runtime_error with its log, if it ends or takes too long.
  void wait_until_working();

  void signal(int number) const;
  /// SIGKILL, and waits.
  void kill();
  /// SIGSTOP; returns once the process stands.
  void pause() const;
  void resume() const { signal(SIGCONT); }
  /// SIGTERM, and waits.
  int stop();
  /// The exit code, or 128 and the signal. Errors: std::runtime_error with its log, after
  /// `deadline`.
  int wait_exit(std::chrono::milliseconds deadline = std::chrono::seconds(60));
  /// Writes the file anew, sends SIGHUP, and waits until the log says `heard` once more.
  void reload(std::string_view config, std::string_view heard = "\"reloaded\"");

  pid_t pid() const { return pid_; }  // 0 when not running
  std::filesystem::path config_file() const { return dir_ / "penstock.yaml"; }
  const std::filesystem::path& directory() const { return dir_.path(); }

  /// What it has written to its standard output and error, all runs together.
  std::string log() const;
  /// The lines of the log that are JSON.
  std::vector<nlohmann::json> lines() const;
  /// Those with this message.
  std::vector<nlohmann::json> lines(std::string_view message) const;
  /// How often `text` stands in the log.
  std::size_t told(std::string_view text) const;

 private:
  std::filesystem::path log_file() const { return dir_ / "penstock.log"; }
  void write_config(std::string_view config) const;
  bool has_ended();
  [[noreturn]] void give_up(const std::string& what) const;

  TempDir dir_;
  pid_t pid_ = 0;
  int status_ = 0;
  std::size_t told_before_ = 0;
};

}  // namespace penstock::test
