// Pacing of starts: a burst of them must not hold up the loop.
//
// Starting a process blocks the loop until the kernel has loaded the program, a few tenths of a
// millisecond. A thousand jobs that become ready together would be half a second in which nothing
// else moves.
#pragma once

#include "penstock/async/task.hpp"

namespace penstock::process {

/// Starts in one turn of the loop: a few milliseconds' worth.
inline constexpr int kStartsPerTurn = 8;

/// Returns in a turn that has a start left, and takes it. Cancellation: at once.
async::Task<> turn_to_start();

}  // namespace penstock::process
