// Finding the program of a command, as execvpe does, with the PATH of the child's environment.
#pragma once

#include <cerrno>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::process {

/// Calls `attempt` with each file that `name` may stand for, until it returns something else than
/// that there is no such file, or that it may not be run. Returns its last errno, 0 for success;
/// EACCES when any candidate ended in that.
int search_path(std::string_view name, const std::vector<std::string>& environment,
                const std::function<int(const char* file)>& attempt);

}  // namespace penstock::process
