// Becoming another user, for good.
#pragma once

#include <string>

namespace penstock::process {

/// Switches user, group and supplementary groups to those of `user`, a name or a number, and drops
/// every capability. Nothing happens when an unprivileged program already is that user. For a
/// process about to start a program: reads the account database, which may block. Errors:
/// SpawnError.
void become_user(const std::string& user);

}  // namespace penstock::process
