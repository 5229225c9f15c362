// Asserting that a misuse dies loudly: that it fails an assertion instead of going on.
#pragma once

#include <array>
#include <csignal>
#include <optional>
#include <string>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace penstock::test {

/// What `body`, run in a forked copy of this process, says on standard error before it ends by
/// abort(); nothing if it ends in another way.
template <class Body>
std::optional<std::string> death_of(Body body) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return std::nullopt;
  const pid_t child = fork();
  if (child == 0) {
    const rlimit no_core{};
    setrlimit(RLIMIT_CORE, &no_core);
    std::signal(SIGABRT, SIG_DFL);  // Catch would report it as a failure of the test
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    body();
    _exit(0);
  }
  close(ends[1]);
  std::string words;
  std::array<char, 4096> piece{};
  for (ssize_t got; (got = read(ends[0], piece.data(), piece.size())) > 0;)
    words.append(piece.data(), static_cast<std::size_t>(got));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT) return std::nullopt;
  return words;
}

/// True if `body`, run in a forked copy of this process, ends by abort().
template <class Body>
bool dies_loudly(Body body) {
  return death_of(body).has_value();
}

/// What it wrote on standard error before it did; empty if it did not.
template <class Body>
std::string last_words(Body body) {
  return death_of(body).value_or(std::string());
}

}  // namespace penstock::test
