#include "penstock/process/identity.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <optional>

#include "penstock/process/command.hpp"

namespace penstock::process {
namespace {

struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
  std::string name;  // empty: no account has this number
};

/// The largest number means "leave it as it is" to setresuid, so it is none.
std::optional<uid_t> as_number(const std::string& user) {
  uid_t number = 0;
  const char* const last = user.data() + user.size();
  const auto [end, error] = std::from_chars(user.data(), last, number);
  if (error != std::errc() || end != last || number == static_cast<uid_t>(-1)) return std::nullopt;
  return number;
}

/// What getpwnam() may leave behind for a user that is not there; anything else says that nobody
/// could be asked.
bool means_no_such_user(int error) {
  return error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
}

Account account_of(const std::string& user) {
  const std::optional<uid_t> number = as_number(user);
  errno = 0;
  const passwd* entry = number ? getpwuid(*number) : getpwnam(user.c_str());
  if (entry != nullptr) return {entry->pw_uid, entry->pw_gid, entry->pw_name};
  if (!means_no_such_user(errno))
    throw SpawnError::because(errno, "cannot look up user '" + user + '\'');
  if (number) return {*number, *number, ""};
  throw SpawnError(ENOENT, "there is no user '" + user + '\'');
}

int switch_groups(const Account& account) {
  const int failed = account.name.empty() ? setgroups(1, &account.gid)
                                          : initgroups(account.name.c_str(), account.gid);
  return failed != 0 ? failed : setresgid(account.gid, account.gid, account.gid);
}

}  // namespace

void become_user(const std::string& user) {
  const Account account = account_of(user);
  if (account.uid != 0 && account.uid == getuid() && account.uid == geteuid()) return;
  // Ambient capabilities would outlive a switch between two users that are not root.
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (switch_groups(account) != 0 || setresuid(account.uid, account.uid, account.uid) != 0)
    throw SpawnError::because(errno, "cannot become user '" + user + '\'');
}

}  // namespace penstock::process
