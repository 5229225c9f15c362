// The command line: which command, with what options.
#pragma once

namespace penstock::commands {

/// Runs the command that the arguments name, and returns the exit status. Errors go to standard
/// error, one line each.
int run_command_line(int argc, char** argv);

}  // namespace penstock::commands
