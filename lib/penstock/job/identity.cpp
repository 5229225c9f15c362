#include "penstock/job/identity.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <optional>
#include <sstream>

namespace penstock::job {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string link_target(const char* path) {
  std::array<char, 256> target{};
  const ssize_t size = readlink(path, target.data(), target.size());
  return size > 0 ? std::string(target.data(), static_cast<std::size_t>(size)) : std::string();
}

/// Field 22 of /proc/PID/stat: the start, in ticks after boot. Empty for a zombie (field 3), which
/// only waits to be reaped. Nothing if it cannot be read: there is no such process, or it is hidden
/// from us (hidepid, ProtectProc=).
std::optional<std::string> start_of(const std::string& pid) {
  const std::string stat = first_line("/proc/" + pid + "/stat");
  const std::size_t name_end = stat.rfind(')');  // the name may hold anything
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(stat.substr(name_end + 1));
  std::string field;
  for (int number = 3; number <= 22; ++number) {
    fields >> field;
    if (number == 3 && (field == "Z" || field == "X")) return "";
  }
  return field;
}

/// Whether nobody has this number: the kernel tells that of hidden processes, too.
bool is_free(const std::string& pid) {
  pid_t number = 0;
  const char* const last = pid.data() + pid.size();
  const auto [end, error] = std::from_chars(pid.data(), last, number);
  return error == std::errc() && end == last && number > 0 && kill(number, 0) != 0 &&
         errno == ESRCH;
}

}  // namespace

Identity Identity::of_this_process(std::string instance, std::string token) {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  const std::string pid = std::to_string(getpid());
  return {.instance = std::move(instance),
          .token = std::move(token),
          .host = host.data(),
          .boot_id = first_line("/proc/sys/kernel/random/boot_id"),
          .pid_namespace = link_target("/proc/self/ns/pid"),
          .pid = pid,
          .pid_start = start_of(pid).value_or(""),
          .version = PENSTOCK_VERSION};
}

bool Identity::of_our_machine() const {
  static const Identity ours = of_this_process({}, {});
  return !boot_id.empty() && boot_id == ours.boot_id && !pid_namespace.empty() &&
         pid_namespace == ours.pid_namespace;
}

bool Identity::proven_dead() const {
  if (!of_our_machine()) return false;
  const std::optional<std::string> start = start_of(pid);
  return start ? *start != pid_start : is_free(pid);
}

bool Identity::proven_alive() const {
  return of_our_machine() && start_of(pid) == pid_start;
}

}  // namespace penstock::job
