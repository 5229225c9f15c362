// What the program's exit status says; 64 and up are those of sysexits.h.
#pragma once

#include <exception>
#include <stdexcept>
#include <string>

namespace penstock::commands {

enum Exit : int {
  kDone = 0,
  kNegative = 1,  // no such job, the awaited job failed, the name is taken
  kUsage = 64,
  kUnavailable = 69,  // Redis cannot be reached
  kInternal = 70,     // a fault of Penstock's own
  kSystem = 71,       // the operating system refuses a file, a thread, memory
  kOutput = 74,       // standard output does not take what was printed
  kTimedOut = 75,     // waiting took too long
  kConfig = 78,       // the configuration is wrong
};

/// The Redis of a command is not to be had; says which, and why.
class Unavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How a command fails: the exit status, and one line for the user.
struct Failure {
  Exit status;
  std::string what;
};

/// What it means that `error` ended a command.
Failure failure_of(const std::exception& error);

}  // namespace penstock::commands
