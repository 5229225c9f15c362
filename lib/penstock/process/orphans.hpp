// What jobs leave behind: processes whose parent has died.
#pragma once

#include "penstock/async/clock.hpp"
#include "penstock/async/task.hpp"

namespace penstock::process {

/// Lets orphans of jobs land on this process instead of on init, so that they can be found. Call
/// it once, and keep reap_orphans() running on the loop that runs the jobs. False when this kernel
/// cannot list a process's children; nothing is changed then.
bool become_subreaper();

/// Until cancelled: reaps orphans that have ended, and kills those that still belong to the session
/// of a job that ended meanwhile (they left its process group). An orphan in a session of its own
/// is left alive: leaving the session is how a command leaves a daemon behind.
///
/// Never touches what is not an orphan of a job: a child started by run() is known, and a child
/// that the program started in another way is told by its session, which is the program's own and
/// cannot be a job's. No watcher of SIGCHLD is needed: orphans are looked for `every` so often
/// while commands run or orphans are alive; meanwhile one does no harm, and looking takes
/// microseconds.
async::Task<> reap_orphans(async::Duration every = std::chrono::milliseconds(500));

}  // namespace penstock::process
