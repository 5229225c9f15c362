// Asserting that a misuse dies loudly: that it fails an assertion instead of going on.
#pragma once

#include <array>
#include <csignal>
#include <cstdio>
#include <string>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace penstock::test {

/// How a forked copy of this process ended, and what it wrote on standard error.
struct Death {
  bool aborted = false;
  std::string words;
};

template <class Body>
Death death_of(Body body) {
  int ends[2] = {-1, -1};
  if (pipe(ends) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    const rlimit no_core{};
    setrlimit(RLIMIT_CORE, &no_core);
    std::signal(SIGABRT, SIG_DFL);  // Catch would report it as a failure of the test
    dup2(ends[1], STDERR_FILENO);
    body();
    _exit(0);
  }
  close(ends[1]);
  Death death;
  char buffer[1024];
  for (ssize_t size = 0; (size = read(ends[0], buffer, sizeof buffer)) > 0;)
    death.words.append(buffer, static_cast<std::size_t>(size));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  death.aborted = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
  return death;
}

/// True if `body`, run in a forked copy of this process, ends by abort().
template <class Body>
bool dies_loudly(Body body) {
  return death_of(body).aborted;
}

/// What it wrote on standard error before it did; empty if it did not.
template <class Body>
std::string last_words(Body body) {
  const Death death = death_of(body);
  return death.aborted ? death.words : std::string();
}

/// What `body`, run in a forked copy of this process, says on standard error before it ends by
/// abort(). Empty if it ends in another way.
template <class Body>
std::string last_words(Body body) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    const rlimit no_core{};
    setrlimit(RLIMIT_CORE, &no_core);
    std::signal(SIGABRT, SIG_DFL);
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    body();
    _exit(0);
  }
  close(ends[1]);
  std::string words;
  std::array<char, 4096> piece{};
  for (ssize_t got; (got = read(ends[0], piece.data(), piece.size())) > 0;) {
    words.append(piece.data(), static_cast<std::size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT ? words : std::string();
}

}  // namespace penstock::test
