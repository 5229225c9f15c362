// run(): one command from its start to the end of everything it started.
//
//             exit                    group empty               pipes at end, or output_grace
//   running ────────► leader reaped ──────────────► group gone ───────────────────────────► Exit
//      │                   │ members left: TERM, CONT; a moment later KILL
//      │ cancelled
//      └► TERM, CONT ──── grace, or kill_now ────► KILL ──► leader reaped, group gone ► Cancelled
//
// The child leads a session and a process group of its own, so that no signal meant for the daemon
// reaches it and a signal to the group reaches its children too. Nothing of the group survives
// run(): a command that means to leave a daemon behind has to put it into a session of its own.
//
// Works with SIGPIPE and SIGCHLD handled in any way, except that ignoring SIGCHLD or waiting for
// any child elsewhere in the program takes exit statuses away; run() then throws
// std::system_error (ECHILD).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/async/event.hpp"
#include "penstock/async/task.hpp"
#include "penstock/process/command.hpp"

namespace penstock::process {

/// A line of standard error that is longer is cut to this.
inline constexpr std::size_t kMaxErrorLine = 4096;

struct Exit;

struct Spec {
  std::vector<std::string> argv;  // these six: see Command
  std::vector<std::string> environment = {};
  std::string cwd = {};
  std::string user = {};
  Limits limits = {};
  pid_t ends_with = 0;

  /// Written to standard input, which is then closed. Not copied: must outlive the call. A child
  /// that does not read it all is no error.
  std::string_view input = {};
  /// How much of standard output is kept; the rest is read, counted and dropped.
  std::size_t max_output = std::size_t{64} * 1024;
  /// Gets each line of standard error without its newline, in the caller's context (its log tags).
  /// Must not throw.
  std::function<void(std::string_view line)> on_error_line = {};
  /// Gets what was seen of a command that was cancelled, before Cancelled is thrown. Must not
  /// throw.
  std::function<void(const Exit&)> on_cancelled = {};

  async::Duration grace = std::chrono::seconds(5);  // from TERM to KILL
  /// How long after the group's end the output may still be held open by a process that left it.
  /// None at all once cancelled.
  async::Duration output_grace = std::chrono::seconds(2);
  /// Once set, a cancelled child is given no (further) grace. One event may serve many calls; must
  /// outlive them.
  async::Event* kill_now = nullptr;
};

struct Exit {
  int code = -1;   // when it exited
  int signal = 0;  // when a signal ended it
  bool core_dumped = false;
  std::string output;                 // the first max_output bytes
  std::uint64_t output_bytes = 0;     // all of them
  std::uint64_t error_bytes = 0;      // of standard error
  std::uint64_t error_lines_cut = 0;  // lines longer than kMaxErrorLine
  bool output_cut = false;
};

/// Runs a command and waits for its end. Errors: SpawnError when it could not be started.
/// Cancellation: ends the child and its group as drawn above, waits for that, then throws
/// Cancelled. A child whose end has been seen by then is reported.
async::Task<Exit> run(Spec spec);

}  // namespace penstock::process
