#include "penstock/process/spawn.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "penstock/process/exec_strings.hpp"
#include "penstock/process/path_search.hpp"
#include "penstock/process/trampoline_order.hpp"

namespace penstock::process {
namespace {

/// The steps a child takes on its descriptors and its directory before the program starts. Its
/// calls fail only for lack of memory, which ends the program as anywhere else.
class Steps {
 public:
  Steps() { posix_spawn_file_actions_init(&actions_); }
  Steps(const Steps&) = delete;
  Steps& operator=(const Steps&) = delete;
  ~Steps() { posix_spawn_file_actions_destroy(&actions_); }

  void place(int fd, int number) { posix_spawn_file_actions_adddup2(&actions_, fd, number); }
  void place(const StandardStreams& streams) {
    place(streams.input.get(), STDIN_FILENO);
    place(streams.output.get(), STDOUT_FILENO);
    place(streams.error.get(), STDERR_FILENO);
  }
  void close_from(int number) { posix_spawn_file_actions_addclosefrom_np(&actions_, number); }
  void enter(const std::string& directory) {
    if (!directory.empty()) posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str());
  }
  const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

/// A session of its own, and none of this program's signal settings.
class Attributes {
 public:
  Attributes() {
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    std::memset(&signals, 0xff, sizeof signals);  // sigfillset leaves out two, which stay ignored
    posix_spawnattr_setsigdefault(&attributes_, &signals);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }

  const posix_spawnattr_t* get() const noexcept { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

/// Starting a child that fails costs far more than asking. A relative file can only be asked for
/// from the child's directory.
int missing(const char* file) {
  const bool can_ask = file[0] == '/';
  return can_ask && faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) != 0 ? errno : 0;
}

[[noreturn]] void cannot_start(const Command& command, int error) {
  if (!command.cwd.empty() && faccessat(AT_FDCWD, command.cwd.c_str(), X_OK, AT_EACCESS) != 0)
    throw SpawnError::because(errno, "cannot enter the directory '" + command.cwd + '\'');
  throw SpawnError::because(error, "cannot start '" + command.argv.front() + '\'');
}

Spawned spawn_directly(const Command& command, const StandardStreams& streams) {
  Steps steps;
  steps.place(streams);
  steps.close_from(STDERR_FILENO + 1);
  steps.enter(command.cwd);
  const Attributes attributes;
  const ExecStrings argv(command.argv);
  const ExecStrings environment(command.environment);
  Spawned spawned;
  const int error =
      search_path(command.argv.front(), command.environment, [&](const char* file) -> int {
        if (const int reason = missing(file); reason != 0) return reason;
        return posix_spawn(&spawned.pid, file, steps.get(), attributes.get(), argv.get(),
                           environment.get());
      });
  if (error != 0) cannot_start(command, error);
  return spawned;
}

Fd order_for(const Command& command) {
  Fd order = opened(memfd_create("penstock-order", MFD_CLOEXEC));
  const std::string text = encode_order(command);
  if (::write(order.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw SpawnError::because(errno, "cannot start '" + command.argv.front() + '\'');
  return order;
}

/// The trampoline gets an empty environment: nothing of a job's environment (LD_PRELOAD …) may act
/// before the user is switched. What it has to do it reads from a descriptor.
Spawned spawn_by_trampoline(const Command& command, const StandardStreams& streams) {
  if (!trampoline_installed())
    throw SpawnError::because(
        ENOSYS, "cannot set a child's user, limits or whom it ends with in this program");
  const Fd order = order_for(command);
  Pipe status = make_pipe();
  Steps steps;
  steps.place(streams);
  steps.place(status.write.get(), kTrampolineStatusFd);
  steps.place(order.get(), kTrampolineOrderFd);
  steps.close_from(kTrampolineOrderFd + 1);
  const std::vector<std::string> arguments{"penstock", kTrampolineArgument};
  const std::vector<std::string> nothing;
  Spawned spawned{.pid = 0, .status = std::move(status.read)};
  const int error = posix_spawn(&spawned.pid, "/proc/self/exe", steps.get(), Attributes().get(),
                                ExecStrings(arguments).get(), ExecStrings(nothing).get());
  if (error != 0) throw SpawnError::because(error, "cannot start '" + command.argv.front() + '\'');
  return spawned;
}

/// A zero byte would end the argument early, unseen.
void refuse_zero_bytes(const std::vector<std::string>& strings, const char* what) {
  const auto has_zero = [](const std::string& string) { return string.contains('\0'); };
  if (std::ranges::any_of(strings, has_zero))
    throw SpawnError(EILSEQ, std::string(what) + " of the command contains a zero byte");
}

}  // namespace

Spawned spawn(const Command& command, const StandardStreams& streams) {
  if (command.argv.empty()) throw SpawnError(EINVAL, "the command is empty");
  refuse_zero_bytes(command.argv, "an argument");
  refuse_zero_bytes(command.environment, "the environment");
  return command.needs_trampoline() ? spawn_by_trampoline(command, streams)
                                    : spawn_directly(command, streams);
}

}  // namespace penstock::process
