// The bad configuration files, as a user meets them: exit status 78, at once, each fault with its
// place.
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>

#include "support/daemon_process.hpp"

namespace penstock::test {
namespace {

std::vector<std::filesystem::path> files(const char* folder) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(PENSTOCK_SOURCE_DIR) / "tests/integration/configs" / folder)) {
    if (entry.path().extension() == ".yaml") found.push_back(entry.path());
  }
  return found;
}

TEST_CASE(
    "every bad configuration ends check and run with 78, within a second, and a place in the "
    "file") {
  const auto bad = files("bad");
  REQUIRE(bad.size() >= 80);
  for (const std::filesystem::path& file : bad) {
    INFO(file);
    const auto start = std::chrono::steady_clock::now();
    const Ended checked = run_command({"penstock", "check", "-c", file.string()});
    CHECK(checked.code == 78);
    CHECK(checked.err.starts_with(file.string() + ":"));
    CHECK(run_command({"penstock", "run", "-c", file.string()}).code == 78);
    CHECK(std::chrono::steady_clock::now() - start <
          std::chrono::seconds(5));  // two programs, on a busy machine
  }
}

}  // namespace
}  // namespace penstock::test
