#include "penstock/process/orphans.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <string>
#include <vector>

#include "penstock/async/sleep.hpp"
#include "penstock/process/family.hpp"
#include "penstock/process/fd.hpp"

namespace penstock::process {
namespace {

/// Orphans land on the first thread, whichever thread's child their parent was.
std::string children_file() {
  const std::string pid = std::to_string(getpid());
  return "/proc/" + pid + "/task/" + pid + "/children";
}

std::string contents(const std::string& path) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  char block[4096];
  ssize_t count = 0;
  while (file && (count = read(file.get(), block, sizeof block)) > 0)
    text.append(block, static_cast<std::size_t>(count));
  return text;
}

std::vector<pid_t> children() {
  const std::string text = contents(children_file());
  std::vector<pid_t> pids;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (pid_t pid = 0; at != end;) {
    const auto [next, error] = std::from_chars(at, end, pid);
    if (error == std::errc()) pids.push_back(pid);
    at = next == end ? end : next + 1;
  }
  return pids;
}

/// Processes started by this program without Child stay in its session, or bring their own.
bool is_orphan(const Family& family, pid_t pid) {
  return !family.running.contains(pid) && getsid(pid) != getsid(0);
}

bool reaped(pid_t pid) {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG) == 0 && info.si_pid == pid;
}

/// How many orphans are alive.
std::size_t look_after_orphans(Family& family) {
  const std::unordered_set<pid_t> over = std::exchange(family.over, {});
  std::size_t alive = 0;
  for (const pid_t pid : children()) {
    if (!is_orphan(family, pid) || reaped(pid)) continue;
    ++alive;
    const pid_t session = getsid(pid);
    if (!over.contains(session)) continue;
    kill(pid, SIGKILL);
    family.over.insert(session);  // its own children land here next
  }
  return alive;
}

/// While one lives, sessions that are over are remembered.
class Seeking {
 public:
  explicit Seeking(Family& family) noexcept : family_(family) { ++family_.seekers; }
  Seeking(const Seeking&) = delete;
  Seeking& operator=(const Seeking&) = delete;
  ~Seeking() {
    if (--family_.seekers == 0) family_.over.clear();
  }

 private:
  Family& family_;
};

}  // namespace

bool become_subreaper() {
  if (access(children_file().c_str(), R_OK) != 0) return false;
  return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
}

async::Task<> reap_orphans(async::Duration every) {
  Family& family = Family::current();
  const Seeking seeking(family);
  while (true) {
    co_await family.stirred.wait();
    co_await async::sleep(every);
    if (look_after_orphans(family) == 0 && family.running.empty()) family.stirred.clear();
  }
}

}  // namespace penstock::process
