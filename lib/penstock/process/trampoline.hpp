// Setting a child's user, its limits and whom it ends with, which posix_spawn cannot do.
//
// A command that asks for any of these is started through a second start of this very program,
// whose main() turns into the command instead of going its usual way. Only such commands pay for
// it.
#pragma once

namespace penstock::process {

/// The first thing in main(), before anything reads arguments or starts threads. Returns at once in
/// an ordinary start; in one made for a command it never returns. A program whose main() does not
/// call it gets SpawnError (ENOSYS) for such commands.
void trampoline_main(int argc, char** argv);

}  // namespace penstock::process
