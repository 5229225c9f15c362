#include "penstock/process/trampoline.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <string_view>

#include "penstock/process/exec_strings.hpp"
#include "penstock/process/fd.hpp"
#include "penstock/process/identity.hpp"
#include "penstock/process/path_search.hpp"
#include "penstock/process/trampoline_order.hpp"

namespace penstock::process {
namespace {

constexpr int kNotStarted = 127;  // as a shell has it; nobody looks, the status pipe says more

bool installed = false;  // written by main() before anything else runs

Command read_order(Fd order) {
  struct stat status{};
  if (fstat(order.get(), &status) != 0) throw SpawnError::because(errno, "cannot read the order");
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  // The place to read at is shared with the writer, so it is said.
  if (pread(order.get(), text.data(), text.size(), 0) != status.st_size)
    throw SpawnError::because(errno, "cannot read the order");
  return decode_order(text);
}

void limit(__rlimit_resource_t resource, const std::optional<std::uint64_t>& value,
           const char* name, rlim_t beyond = 0) {
  if (!value) return;
  const rlimit bounds{.rlim_cur = *value, .rlim_max = *value + beyond};
  if (setrlimit(resource, &bounds) != 0)
    throw SpawnError::because(errno, std::string("cannot set the limit '") + name + '\'');
}

void enter(const std::string& directory) {
  if (!directory.empty() && chdir(directory.c_str()) != 0)
    throw SpawnError::because(errno, "cannot enter the directory '" + directory + '\'');
}

/// A parent that ended before this was asked for sends nothing any more.
void end_with(pid_t parent) {
  if (parent == 0) return;
  if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
    throw SpawnError::because(errno, "cannot bind the command to this process");
  if (getppid() != parent) throw SpawnError(ESRCH, "the process to end with is gone");
}

[[noreturn]] void execute(const Command& command) {
  const ExecStrings argv(command.argv);
  const ExecStrings environment(command.environment);
  const int error = search_path(command.argv.front(), command.environment, [&](const char* file) {
    execve(file, argv.get(), environment.get());
    return errno;
  });
  throw SpawnError::because(error, "cannot start '" + command.argv.front() + '\'');
}

/// Limits that only root may raise are set before the user is switched; the one on memory last, so
/// that it binds the program and not the way to it. Switching the user forgets whom to end with.
[[noreturn]] void become(const Command& command) {
  limit(RLIMIT_CPU, command.limits.cpu_seconds, "cpu", 1);
  limit(RLIMIT_NOFILE, command.limits.open_files, "files");
  limit(RLIMIT_NPROC, command.limits.processes, "processes");
  if (!command.user.empty()) become_user(command.user);
  end_with(command.ends_with);
  enter(command.cwd);
  limit(RLIMIT_AS, command.limits.memory_bytes, "memory");
  execute(command);
}

[[noreturn]] void obey_order() {
  try {
    fcntl(kTrampolineStatusFd, F_SETFD, FD_CLOEXEC);
    const Command command = read_order(Fd(kTrampolineOrderFd));
    become(command);
  } catch (const SpawnError& failure) {
    const std::string text = encode_failure(failure);
    [[maybe_unused]] const ssize_t sent = write(kTrampolineStatusFd, text.data(), text.size());
  }
  _exit(kNotStarted);
}

}  // namespace

bool trampoline_installed() noexcept {
  return installed;
}

void trampoline_main(int argc, char** argv) {
  installed = true;
  if (argc == 2 && std::string_view(argv[1]) == kTrampolineArgument) obey_order();
}

}  // namespace penstock::process
