// What the program's exit status says; 64 and up are those of sysexits.h.
#pragma once

namespace penstock::commands {

enum Exit : int {
  kDone = 0,
  kNegative = 1,  // no such job, the awaited job failed, the name is taken
  kUsage = 64,
  kUnavailable = 69,  // Redis cannot be reached
  kTimedOut = 75,     // waiting took too long
  kConfig = 78,       // the configuration is wrong
};

}  // namespace penstock::commands
