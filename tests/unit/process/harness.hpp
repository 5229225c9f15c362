// What the tests of this floor share: a loop, commands in sh, and a look at what is left behind.
#pragma once

#include <sys/types.h>

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "penstock/async/loop.hpp"
#include "penstock/process/run.hpp"

namespace penstock::test {

using Lines = std::vector<std::string>;

/// The base of each test: afterwards no descriptor is open that was not before, and no child is
/// left: no zombie, and, as orphans land on this process, no descendant.
class Processes {
 public:
  Processes();
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;
  ~Processes();

  process::Exit run(process::Spec spec) { return loop.run(process::run(std::move(spec))); }

  /// Cancels the command when it has written its first line to standard error; returns its lines.
  Lines run_cancelled(process::Spec spec) {
    return loop.run(cancelled_at_first_line(std::move(spec)));
  }

  /// The errno of the SpawnError that `spec` ends in; 0 when it starts.
  int spawn_error(process::Spec spec);

  async::Loop loop;

 private:
  static async::Task<Lines> cancelled_at_first_line(process::Spec spec);

  std::size_t descriptors_;
};

/// `script` in a shell.
process::Spec sh(std::string script);

/// Numbers below `limit` that are open descriptors of this process.
std::size_t open_descriptors(int limit = 4096);

/// This process's children, zombies included.
std::vector<pid_t> children();

/// One letter, as in /proc/PID/stat: R, S, T, Z …; '-' when there is no such process.
char state_of(pid_t pid);

/// Returns once `condition` holds, which is looked at between other tasks.
async::Task<> until(std::function<bool()> condition);

/// `text` without its last newline, as a number.
pid_t as_pid(const std::string& text);

}  // namespace penstock::test
