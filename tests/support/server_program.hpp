// Programs that tests start as servers.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace penstock::test {

/// A port of 127.0.0.1 that was free a moment ago.
int free_port();

/// Starts `words`, whose first is looked up in PATH; what it prints is appended to `log`. It ends
/// when the test's process does, however that ends. Errors: std::system_error.
pid_t start_program(const std::vector<std::string>& words, const std::filesystem::path& log);

}  // namespace penstock::test
