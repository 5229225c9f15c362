// What is started as a process: the program, its surroundings and its bounds.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace penstock::process {

/// Bounds the kernel holds a process to. What is not set stays as the daemon has it.
struct Limits {
  std::optional<std::uint64_t> memory_bytes = {};  // address space of one process (RLIMIT_AS)
  std::optional<std::uint64_t> cpu_seconds = {};   // SIGXCPU then, SIGKILL a second later
  std::optional<std::uint64_t> open_files = {};
  std::optional<std::uint64_t> processes = {};  // of the user, all jobs together

  bool any() const noexcept { return memory_bytes || cpu_seconds || open_files || processes; }
};

struct Command {
  /// argv[0] is looked up in the PATH of `environment`, as execvpe does, unless it has a slash.
  std::vector<std::string> argv = {};
  std::vector<std::string> environment = {};  // "NAME=value"; exactly these
  std::string cwd = {};                       // empty: the daemon's
  /// Empty: the daemon's. Otherwise a name or a number; user, group and supplementary groups are
  /// all switched. A number that no account has stands for a group of that number, too.
  std::string user = {};
  Limits limits = {};
  /// This very process: the command gets SIGTERM when the thread that starts it ends, even by
  /// KILL. 0: it may live on.
  pid_t ends_with = 0;

  /// Whether it needs more than posix_spawn can do: see trampoline.hpp.
  bool needs_trampoline() const noexcept { return !user.empty() || limits.any() || ends_with != 0; }
};

/// The program could not be started. Nothing of it has run.
class SpawnError : public std::runtime_error {
 public:
  SpawnError(int error, const std::string& what) : std::runtime_error(what), error_(error) {}

  /// `doing` and what the errno means: "cannot start 'convert': No such file or directory".
  static SpawnError because(int error, const std::string& doing) {
    return {error, doing + ": " + std::generic_category().message(error)};
  }

  /// The errno: ENOENT and EACCES speak of the command or its user, EMFILE, ENFILE, EAGAIN and
  /// ENOMEM of this machine, EPERM of `user` or `limits`.
  int error() const noexcept { return error_; }

  /// Whether it is for what the arguments and the environment hold, so that no other try can do
  /// better: too long in all (E2BIG), or with a zero byte in it (EILSEQ).
  bool blames_arguments() const noexcept { return error_ == E2BIG || error_ == EILSEQ; }

 private:
  int error_;
};

}  // namespace penstock::process
