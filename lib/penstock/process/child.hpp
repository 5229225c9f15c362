// Child: a process of ours, with the group it leads.
//
// Its end is heard of by its pidfd, so no other child is ever waited for and no number is ever
// confused with a later process'. The group is signalled by number: that is the child's as long as
// the child is not reaped, and stays taken while the group has members. Once the group has been
// seen empty it is not signalled again.
#pragma once

#include <sys/types.h>

#include "penstock/async/clock.hpp"
#include "penstock/async/event.hpp"
#include "penstock/async/task.hpp"
#include "penstock/process/command.hpp"
#include "penstock/process/spawn.hpp"
#include "penstock/process/watcher.hpp"

namespace penstock::process {

/// How a process ended: by one of the two.
struct Status {
  int code = -1;
  int signal = 0;
  bool core_dumped = false;
};

class Child final : private Watcher {
 public:
  Child() = default;
  /// Ends and reaps a child that is still there, at once and blocking: end() is the way.
  ~Child() override;

  /// Starts `command`; once. This program's copies of the streams are closed, so that their ends
  /// can be seen. Errors: SpawnError. Cancellation: nothing is left running.
  async::Task<> start(Command command, StandardStreams streams);

  pid_t pid() const noexcept { return pid_; }

  /// Waits for the child's own end; its group may live on. Cancellation: at once, and nothing
  /// happens to the child. Errors: std::system_error (ECHILD) when the program ignores SIGCHLD or
  /// has reaped the child elsewhere.
  async::Task<> exited();
  bool has_exited() const noexcept { return exited_.is_set(); }
  /// Once has_exited():
  const Status& status() const noexcept { return status_; }

  /// To every process of the group. No error when there is none left.
  void signal(int number) noexcept;

  /// Ends child and group: TERM, and CONT for one that is stopped; after `grace`, or as soon as
  /// `kill_now` (may be null) is set, KILL. Returns when the child is reaped and the group empty.
  /// Members that KILL does not end soon (a dead disk under them, another user's, zombies that init
  /// does not reap) are not waited for. Shield it: cancelled, it leaves off.
  async::Task<> end(async::Duration grace, async::Event* kill_now);

 private:
  void adopt(pid_t pid);
  async::Task<> confirm(Fd status);
  async::Task<> program_runs(Fd status);
  void on_ready() noexcept override { reap(); }
  void reap() noexcept;
  void lose_status() noexcept;
  void leave() noexcept;
  bool gone() noexcept;
  async::Task<> until_gone(async::TimePoint due);
  async::Task<> until_gone_or(async::Event* event, async::TimePoint due);

  pid_t pid_ = 0;
  Status status_;
  bool status_lost_ = false;
  bool group_empty_ = true;
  async::Event exited_;
};

}  // namespace penstock::process
