#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "harness.hpp"
#include "support/temp_dir.hpp"

using namespace penstock;
using process::Spec;
using test::Processes;

namespace {

void make_file(const std::filesystem::path& path, const char* text, bool executable) {
  std::ofstream(path) << text;
  using std::filesystem::perms;
  permissions(path, executable ? perms::owner_all : perms::owner_read);
}

/// The soft limit on descriptors, put back afterwards.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(std::size_t limit) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit lowered{.rlim_cur = limit, .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &lowered);
  }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;
  ~DescriptorLimit() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE_METHOD(Processes, "a missing command is reported when it should start") {
  CHECK(spawn_error({.argv = {"/nonexistent/command"}}) == ENOENT);
  CHECK(spawn_error({.argv = {"nonexistent-command"}, .environment = {"PATH=/bin"}}) == ENOENT);
  CHECK(spawn_error({.argv = {""}}) == ENOENT);
}

TEST_CASE_METHOD(Processes, "the error names the command and the reason") {
  CHECK_THROWS_WITH(run({.argv = {"/nonexistent"}}),
                    "cannot start '/nonexistent': No such file or directory");
}

TEST_CASE_METHOD(Processes, "what may not be run is told from what is missing") {
  const test::TempDir directory;
  make_file(directory / "plain", "", false);
  CHECK(spawn_error({.argv = {directory / "plain"}}) == EACCES);
  CHECK(spawn_error({.argv = {directory.path()}}) == EACCES);
}

TEST_CASE_METHOD(Processes, "a file that is no program is not handed to a shell") {
  const test::TempDir directory;
  make_file(directory / "script", "echo surprise\n", true);
  CHECK(spawn_error({.argv = {directory / "script"}}) == ENOEXEC);
}

TEST_CASE_METHOD(Processes, "a command is looked up in the PATH of its own environment") {
  const test::TempDir directory;
  make_file(directory / "only-here", "#!/bin/sh\necho found\n", true);
  CHECK(run({.argv = {"only-here"}, .environment = {"PATH=/bin:" + directory.path().string()}})
            .output == "found\n");
}

TEST_CASE_METHOD(Processes, "a directory of PATH that is relative starts from the command's own") {
  const test::TempDir directory;
  std::filesystem::create_directory(directory / "bin");
  make_file(directory / "bin" / "here", "#!/bin/sh\necho found\n", true);
  CHECK(run({.argv = {"here"}, .environment = {"PATH=bin"}, .cwd = directory.path()}).output ==
        "found\n");
}

TEST_CASE_METHOD(Processes, "a directory that cannot be entered is named") {
  CHECK_THROWS_WITH(run({.argv = {"/bin/true"}, .cwd = "/nonexistent"}),
                    "cannot enter the directory '/nonexistent': No such file or directory");
}

TEST_CASE_METHOD(Processes, "an argument that the kernel would cut or refuse is an error") {
  CHECK(spawn_error({.argv = {"/bin/true", std::string("a\0b", 3)}}) == EILSEQ);
  CHECK(spawn_error({.argv = {"/bin/true"}, .environment = {std::string("A=\0", 3)}}) == EILSEQ);
  CHECK(spawn_error({.argv = {"/bin/true", std::string(200'000, 'x')}}) == E2BIG);
}

TEST_CASE_METHOD(Processes, "only what the arguments and the environment hold is blamed on them") {
  const auto blames_arguments = [](int error) {
    return process::SpawnError(error, "").blames_arguments();
  };
  CHECK(blames_arguments(spawn_error({.argv = {"/bin/true", std::string(200'000, 'x')}})));
  CHECK(blames_arguments(
      spawn_error({.argv = {"/bin/true"}, .environment = {std::string("A=\0", 3)}})));
  CHECK_FALSE(blames_arguments(spawn_error({.argv = {}})));
  CHECK_FALSE(blames_arguments(spawn_error({.argv = {"true"}, .user = "nobody-of-this-name"})));
}

TEST_CASE_METHOD(Processes, "ten thousand starts of a missing command leave nothing behind") {
  int missing = 0;
  for (int i = 0; i < 9000; ++i)
    missing += spawn_error({.argv = {"/nonexistent"}, .input = "x"}) == ENOENT ? 1 : 0;
  for (int i = 0; i < 1000; ++i)  // found out by the child itself
    missing += spawn_error({.argv = {"./nonexistent"}, .input = "x"}) == ENOENT ? 1 : 0;
  CHECK(missing == 10'000);
}

#if !defined(__has_feature) || \
    !__has_feature(undefined_behavior_sanitizer)  // needs descriptors, too
TEST_CASE_METHOD(Processes, "without descriptors nothing is started, and later it works again") {
  const std::size_t used = test::open_descriptors();
  std::vector<int> errors;
  for (std::size_t free = 0; free < 10; ++free) {
    const DescriptorLimit limit(used + free);
    errors.push_back(spawn_error({.argv = {"/bin/true"}, .input = "x"}));
  }
  CHECK(errors.front() == EMFILE);
  CHECK(errors.back() == 0);
  CHECK(std::ranges::count_if(errors, [](int e) { return e != 0 && e != EMFILE; }) == 0);
}
#endif
