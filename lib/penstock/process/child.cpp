#include "penstock/process/child.hpp"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "penstock/async/sleep.hpp"
#include "penstock/async/task_group.hpp"
#include "penstock/async/timeout.hpp"
#include "penstock/process/family.hpp"
#include "penstock/process/trampoline_order.hpp"

namespace penstock::process {
namespace {

using namespace std::chrono_literals;

// A group whose leader is gone can only be asked, again and again: at first soon, since members
// mostly die together, then seldom enough to cost nothing.
constexpr async::Duration kFirstLook = 1ms;
constexpr async::Duration kLastLook = 25ms;

// What KILL has not ended by then is beyond our reach.
constexpr async::Duration kKillTakes = 2s;

/// Waits until a descriptor can be read.
class Readable final : private Watcher {
 public:
  explicit Readable(Fd fd) : Watcher(std::move(fd)) { watch(UV_READABLE); }
  ~Readable() override = default;
  using Watcher::fd;
  async::Event::Wait wait() noexcept { return ready_.wait(); }

 private:
  void on_ready() noexcept override { ready_.set(); }
  async::Event ready_;
};

/// Debian 12 declares glibc's own wrapper for C alone.
int open_pidfd(pid_t pid) noexcept {
  return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}

bool group_has_members(pid_t group) noexcept {
  return kill(-group, 0) == 0 || errno == EPERM;
}

/// Those of a dead leader's group that have landed on this process and ended: zombies count as
/// members.
void reap_orphans_of(pid_t group) noexcept {
  siginfo_t info{};
  do {
    info.si_pid = 0;
  } while (waitid(P_PGID, static_cast<id_t>(group), &info, WEXITED | WNOHANG) == 0 &&
           info.si_pid != 0);
}

async::Task<> cancel_on(async::Event& event, async::TaskGroup& group) {
  co_await event.wait();
  group.cancel();
}

}  // namespace

Child::~Child() {
  if (pid_ == 0) return;
  signal(SIGKILL);
  if (has_exited()) return;
  siginfo_t info{};  // not reaped, so the number is still its own
  while (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0 && errno == EINTR) {
  }
  Family::current().ended(pid_);
}

async::Task<> Child::start(Command command, StandardStreams streams) {
  assert(pid_ == 0 && "a child is started once");
  Spawned spawned = spawn(command, streams);
  streams = {};  // which also leaves a descriptor free for the pidfd, however few there are
  adopt(spawned.pid);
  if (spawned.status) co_await confirm(std::move(spawned.status));
}

void Child::adopt(pid_t pid) {
  pid_ = pid;
  group_empty_ = false;
  Family::current().started(pid);
  const int pidfd = open_pidfd(pid);
  if (pidfd < 0 && errno == ESRCH) return lose_status();
  own(opened(pidfd));
  watch(UV_READABLE);
}

/// The trampoline has started; waits until it has become the command's program.
async::Task<> Child::confirm(Fd status) {
  std::exception_ptr failure;
  try {
    co_await program_runs(std::move(status));
    co_return;
  } catch (...) {
    failure = std::current_exception();
  }
  co_await async::shield(end(async::Duration::zero(), nullptr));
  std::rethrow_exception(failure);
}

async::Task<> Child::program_runs(Fd status) {
  Readable pipe(std::move(status));
  co_await pipe.wait();
  std::array<char, 4096> text;
  const ssize_t count = read(pipe.fd(), text.data(), text.size());
  if (count > 0) throw decode_failure({text.data(), static_cast<std::size_t>(count)});
}

async::Task<> Child::exited() {
  co_await exited_.wait();
  if (status_lost_)
    throw std::system_error(ECHILD, std::generic_category(), "a child's exit status was taken");
}

void Child::reap() noexcept {
  siginfo_t info{};
  if (waitid(P_PIDFD, static_cast<id_t>(fd()), &info, WEXITED | WNOHANG) != 0) return lose_status();
  if (info.si_pid == 0) return;
  if (info.si_code == CLD_EXITED) {
    status_.code = info.si_status;
  } else {
    status_.signal = info.si_status;
    status_.core_dumped = info.si_code == CLD_DUMPED;
  }
  leave();
}

void Child::lose_status() noexcept {
  status_lost_ = true;
  leave();
}

/// The child is no more.
void Child::leave() noexcept {
  close();
  Family::current().ended(pid_);
  exited_.set();
  gone();  // asked at once, while the number cannot have come round
}

void Child::signal(int number) noexcept {
  if (!group_empty_) kill(-pid_, number);
}

bool Child::gone() noexcept {
  if (group_empty_ || !has_exited()) return group_empty_;
  group_empty_ = !group_has_members(pid_);
  if (group_empty_) return true;
  reap_orphans_of(pid_);
  return group_empty_ = !group_has_members(pid_);
}

async::Task<> Child::end(async::Duration grace, async::Event* kill_now) {
  if (!has_exited()) reap();
  const bool at_once = grace <= grace.zero() || (kill_now != nullptr && kill_now->is_set());
  if (!at_once && !gone()) {
    signal(SIGTERM);
    signal(SIGCONT);
    co_await until_gone_or(kill_now, async::Loop::current().now() + grace);
  }
  if (gone()) co_return;
  signal(SIGKILL);
  co_await exited_.wait();
  co_await until_gone(async::Loop::current().now() + kKillTakes);
}

async::Task<> Child::until_gone_or(async::Event* event, async::TimePoint due) {
  return async::task_group([this, event, due](async::TaskGroup& group) -> async::Task<> {
    if (event != nullptr) group.spawn(cancel_on(*event, group));
    co_await until_gone(due);
    group.cancel();
  });
}

async::Task<> Child::until_gone(async::TimePoint due) {
  try {
    co_await async::with_deadline(due, exited_.wait());
  } catch (const async::Timeout&) {
    co_return;
  }
  async::Duration look = kFirstLook;
  for (async::TimePoint now; !gone() && (now = async::Loop::current().now()) < due;) {
    co_await async::sleep_until(std::min(due, now + look));
    look = std::min(2 * look, kLastLook);
  }
}

}  // namespace penstock::process
