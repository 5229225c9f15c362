// The children that this thread's Child objects have: what tells an orphan from one of them.
#pragma once

#include <sys/types.h>

#include <unordered_set>

#include "penstock/async/event.hpp"

namespace penstock::process {

struct Family {
  /// Of this thread.
  static Family& current();

  void started(pid_t pid);
  void ended(pid_t pid);

  std::unordered_set<pid_t> running;
  /// Sessions of children that have ended since orphans were last looked for; only filled while
  /// somebody looks.
  std::unordered_set<pid_t> over;
  /// Set while there is, or may be, something to look for.
  async::Event stirred;
  int seekers = 0;
};

}  // namespace penstock::process
