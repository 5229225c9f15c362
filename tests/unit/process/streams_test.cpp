#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "harness.hpp"
#include "penstock/async/context.hpp"
#include "penstock/async/task_group.hpp"

using namespace penstock;
using process::Exit;
using process::Spec;
using test::Lines;
using test::Processes;
using test::sh;

namespace {

const async::ContextVar<std::string> tag;

constexpr std::size_t kMebibyte = std::size_t{1} << 20;

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  file >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
  return text;
}

Spec with_lines(Spec spec, Lines& lines) {
  spec.on_error_line = [&](std::string_view line) { lines.emplace_back(line); };
  return spec;
}

}  // namespace

TEST_CASE_METHOD(Processes, "the input is read to its end") {
  Spec spec = sh("cat");
  spec.input = "one\ntwo";
  CHECK(run(std::move(spec)).output == "one\ntwo");
}

TEST_CASE_METHOD(Processes, "a command without input reads end-of-file at once") {
  CHECK(run(sh("cat; echo done")).output == "done\n");
}

TEST_CASE_METHOD(Processes, "input and output of many pipefuls pass at once, unchanged") {
  const std::string input = pattern(8 * kMebibyte + 1);
  const Exit exit = run({.argv = {"/bin/cat"}, .input = input, .max_output = input.size()});
  CHECK((exit.output == input));
  CHECK_FALSE(exit.output_cut);
}

TEST_CASE_METHOD(Processes, "a command that does not read its input is done all the same") {
  const std::string input(4 * kMebibyte, 'x');
  Spec none = sh("exit 0");
  none.input = input;
  CHECK(run(std::move(none)).code == 0);
  Spec some = sh("head -c 100000 | wc -c");
  some.input = input;
  CHECK(run(std::move(some)).output == "100000\n");
  Spec closed = sh("exec <&-; echo alive");
  closed.input = input;
  CHECK(run(std::move(closed)).output == "alive\n");
}

TEST_CASE_METHOD(Processes, "of a long output the beginning is kept and the rest counted") {
  Spec spec = sh("yes 12345678 | head -c 1000000");
  spec.max_output = 20;
  const Exit exit = run(std::move(spec));
  CHECK(exit.output == "12345678\n12345678\n12");
  CHECK(exit.output_bytes == 1'000'000);
  CHECK(exit.output_cut);
}

TEST_CASE_METHOD(Processes, "an output of exactly the limit is not cut") {
  Spec spec = sh("printf 12345");
  spec.max_output = 5;
  const Exit exit = run(std::move(spec));
  CHECK(exit.output == "12345");
  CHECK_FALSE(exit.output_cut);
}

TEST_CASE_METHOD(Processes, "endless lines on both streams take no memory") {
  Spec spec = sh("head -c 64M /dev/zero & head -c 64M /dev/zero >&2; wait");
  Lines lines;
  const std::size_t before = resident_bytes();
  const Exit exit = run(with_lines(std::move(spec), lines));
  const std::size_t after = resident_bytes();
  CHECK(exit.output_bytes == 64 * kMebibyte);
  CHECK(exit.error_bytes == 64 * kMebibyte);
  CHECK(exit.error_lines_cut == 1);
  CHECK(lines == Lines{std::string(process::kMaxErrorLine, '\0')});
#if !defined(__has_feature) || !__has_feature(address_sanitizer)  // keeps what was freed
  CHECK(after <= before + kMebibyte);
#else
  static_cast<void>(before + after);
#endif
}

TEST_CASE_METHOD(Processes, "standard error arrives line by line") {
  Lines lines;
  const Exit exit = run(with_lines(sh("printf 'one\\n\\ntwo\\nthree' >&2"), lines));
  CHECK(lines == Lines{"one", "", "two", "three"});
  CHECK(exit.error_bytes == 14);
}

TEST_CASE_METHOD(Processes, "standard error that nobody wants is read and counted") {
  CHECK(run(sh("head -c 1000000 /dev/zero >&2")).error_bytes == 1'000'000);
}

TEST_CASE_METHOD(Processes, "lines of standard error are handed on in their job's context") {
  std::vector<std::string> tags;
  const auto job = [&tags](std::string name) -> async::Task<> {
    const auto binding = tag.set(name);
    Spec spec = sh("echo line >&2; printf rest >&2");
    spec.on_error_line = [&tags](std::string_view) { tags.push_back(*tag.get()); };
    co_await process::run(std::move(spec));
  };
  loop.run(async::task_group([&](async::TaskGroup& group) -> async::Task<> {
    group.spawn(job, std::string("a"));
    group.spawn(job, std::string("b"));
    co_return;
  }));
  std::ranges::sort(tags);
  CHECK(tags == std::vector<std::string>{"a", "a", "b", "b"});
}

TEST_CASE_METHOD(Processes, "lines arrive while the command runs") {
  Spec spec = sh("echo ready >&2; exec cat");
  CHECK(run_cancelled(std::move(spec)) == Lines{"ready"});
}

TEST_CASE_METHOD(Processes, "a command that closes its streams early is waited for") {
  CHECK(run(sh("exec <&- >&- 2>&-; exec /bin/sh -c 'exit 5'")).code == 5);
}

TEST_CASE_METHOD(Processes, "a hundred commands at once keep their streams apart") {
  const auto echo = [](std::string text) -> async::Task<> {
    const Exit exit = co_await process::run({.argv = {"/bin/cat"}, .input = text});
    CHECK(exit.output == text);
  };
  loop.run(async::task_group([&](async::TaskGroup& group) -> async::Task<> {
    for (int i = 0; i < 100; ++i) group.spawn(echo, std::to_string(i));
    co_return;
  }));
}
