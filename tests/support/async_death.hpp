// Asserting that a misuse dies loudly: that it fails an assertion instead of going on.
#pragma once

#include <csignal>
#include <cstdio>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace penstock::test {

/// True if `body`, run in a forked copy of this process, ends by abort().
template <class Body>
bool dies_loudly(Body body) {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit no_core{};
    setrlimit(RLIMIT_CORE, &no_core);
    std::signal(SIGABRT, SIG_DFL);  // Catch would report it as a failure of the test
    if (std::freopen("/dev/null", "w", stderr) != nullptr) body();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

}  // namespace penstock::test
