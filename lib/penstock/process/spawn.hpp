// Starting a process: posix_spawn, which needs no copy of this program's memory (glibc: CLONE_VM
// and CLONE_VFORK), so that a start costs the same whatever the daemon holds. fork() does not.
//
// Every child gets a session and process group of its own, default signal actions, an empty signal
// mask, and no descriptor but 0, 1 and 2.
#pragma once

#include <sys/types.h>

#include "penstock/process/command.hpp"
#include "penstock/process/fd.hpp"

namespace penstock::process {

/// What become 0, 1 and 2 in the child: made by opened() or make_pipe().
struct StandardStreams {
  Fd input;
  Fd output;
  Fd error;
};

struct Spawned {
  pid_t pid = 0;
  /// Of a command that goes by way of the trampoline: reads end-of-file once the program runs, or
  /// a SpawnFailure. Otherwise none: the program runs already.
  Fd status;
};

/// Errors: SpawnError. Blocks for as long as the kernel needs to load the program.
Spawned spawn(const Command& command, const StandardStreams& streams);

}  // namespace penstock::process
