// Who lives and who is dead, as far as it can be proven.
#include "penstock/job/identity.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>
#include <optional>

namespace penstock::job {
namespace {

Identity us() {
  return Identity::of_this_process("i", "t");
}

/// A process that has ended; `reap` leaves no zombie of it.
pid_t ended(bool reap) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  siginfo_t info{};
  REQUIRE(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | (reap ? 0 : WNOWAIT)) == 0);
  return child;
}

/// Covers the process in /proc, in a process of its own: as ProtectProc=invisible does.
bool hide(pid_t pid) {
  const std::string directory = "/proc/" + std::to_string(pid);
  const bool apart = unshare(CLONE_NEWNS) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
  return apart && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("none", directory.c_str(), "tmpfs", 0, nullptr) == 0;
}

/// What `ask` says where this process is hidden; nothing where that takes rights we do not have.
std::optional<bool> where_hidden(const std::function<bool()>& ask) {
  const pid_t hidden = getpid();
  const pid_t child = fork();
  if (child == 0) _exit(!hide(hidden) ? 2 : ask() ? 1 : 0);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) < 2) return WEXITSTATUS(status) == 1;
  WARN("not run: needs the right to mount");
  return std::nullopt;
}

TEST_CASE("a process that lives is proven alive") {
  CHECK(us().proven_alive());
  CHECK_FALSE(us().proven_dead());
}

TEST_CASE("a process is proven dead once it is gone, is a zombie, or has another's number") {
  Identity identity = us();
  identity.pid = std::to_string(ended(true));
  CHECK(identity.proven_dead());
  const pid_t zombie = ended(false);
  identity.pid = std::to_string(zombie);
  CHECK(identity.proven_dead());
  REQUIRE(waitpid(zombie, nullptr, 0) == zombie);
  identity = us();
  identity.pid_start = "1";
  CHECK(identity.proven_dead());
}

TEST_CASE("a process that is hidden from us is proven neither dead nor alive") {
  const Identity identity = us();
  CHECK_FALSE(where_hidden([&] { return identity.proven_dead(); }).value_or(false));
  CHECK_FALSE(where_hidden([&] { return identity.proven_alive(); }).value_or(false));
}

TEST_CASE("what is no process's number proves nothing") {
  Identity identity = us();
  for (const char* pid : {"", "0", "-1", "12x", "99999999999999999999"}) {
    identity.pid = pid;
    CHECK_FALSE(identity.proven_dead());
    CHECK_FALSE(identity.proven_alive());
  }
}

TEST_CASE("of another machine's processes nothing is proven") {
  Identity identity = us();
  identity.boot_id = "another";
  CHECK_FALSE(identity.proven_alive());
  identity.pid_start = "1";
  CHECK_FALSE(identity.proven_dead());
}

}  // namespace
}  // namespace penstock::job
