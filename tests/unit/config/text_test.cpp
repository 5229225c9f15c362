// What is refused before any YAML is read, and how places are counted.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "daemon/config/yaml/source.hpp"
#include "daemon/config/yaml/utf8.hpp"
#include "load.hpp"

namespace penstock::config {
namespace {

TEST_CASE("valid UTF-8 is taken up to its end") {
  CHECK(valid_utf8_prefix("aé€😀\x7f") == 11);
  CHECK(valid_utf8_prefix("") == 0);
}

TEST_CASE("invalid UTF-8 is found where it begins") {
  CHECK(valid_utf8_prefix("ab\xff") == 2);
  CHECK(valid_utf8_prefix("ab\x80") == 2);              // a continuation without a beginning
  CHECK(valid_utf8_prefix("ab\xc3") == 2);              // cut off
  CHECK(valid_utf8_prefix("ab\xc3(") == 2);             // not continued
  CHECK(valid_utf8_prefix("ab\xc0\xaf") == 2);          // overlong, two bytes
  CHECK(valid_utf8_prefix("ab\xe0\x80\xaf") == 2);      // overlong, three
  CHECK(valid_utf8_prefix("ab\xf0\x80\x80\xaf") == 2);  // overlong, four
  CHECK(valid_utf8_prefix("ab\xed\xa0\x80") == 2);      // a surrogate
  CHECK(valid_utf8_prefix("ab\xf4\x90\x80\x80") == 2);  // above U+10FFFF
}

TEST_CASE("columns are counted in characters") {
  const Source source("f", "größe: é\nb");
  CHECK(source.place(0) == Place{1, 1});
  CHECK(source.place(9) == Place{1, 8});
  CHECK(source.place(12) == Place{2, 1});
  CHECK(source.place(1000) == Place{2, 2});
}

TEST_CASE("a line is given without its end") {
  const Source source("f", "one\r\ntwo\nthree");
  CHECK(source.line_around(1) == "one");
  CHECK(source.line_around(6) == "two");
  CHECK(source.line_around(100) == "three");
}

TEST_CASE("a byte order mark and Windows line ends do no harm") {
  const Config config =
      loaded("\xef\xbb\xbfqueues:\r\n  q:\r\n    exec: [run]\r\n    list: other\r\n");
  CHECK(config.queues.at(0).list == "other");
}

TEST_CASE("a file that is larger than any configuration is not read") {
  const auto path = std::filesystem::temp_directory_path() / "penstock-config-large.yaml";
  std::ofstream(path) << "queues: {q: {noop: {}}}\n#" << std::string(kLargestFile, 'x');
  const Loaded config = load(path, {});
  std::filesystem::remove(path);
  REQUIRE_FALSE(config);
  CHECK(config.error().at(0).message.contains("larger than 1024 KiB"));
}

TEST_CASE("a file that cannot be read is an error without a place") {
  const Loaded missing = load("/nonexistent/penstock.yaml", {});
  REQUIRE_FALSE(missing);
  CHECK(format(missing.error().at(0)) ==
        "/nonexistent/penstock.yaml: cannot be read: No such file or directory");
  CHECK(load("/", {}).error().at(0).message.contains("is a directory"));
  CHECK(load("/dev/zero", {}).error().at(0).message.contains("not a regular file"));
}

TEST_CASE("a message is one line, whatever the file holds") {
  const std::string line = format({"f\n", 1, 2, "a\nb", "what \x1b[31m"});
  CHECK(line == "f\\x0a:1:2: a\\x0ab: what \\x1b[31m");
}

TEST_CASE("a value in a message is cut between characters") {
  CHECK(shown("short") == "\"short\"");
  const std::string cut = shown(std::string(39, 'x') + "éé");
  CHECK(cut == '"' + std::string(39, 'x') + "…\"");
}

TEST_CASE("errors come in the order of the file, and the fifty-first is counted") {
  Diagnostics diagnostics("f");
  for (std::size_t i = 0; i < 60; ++i) diagnostics.add({60 - i, 1}, "", std::to_string(i));
  const auto all = diagnostics.take();
  REQUIRE(all.size() == Diagnostics::kMost + 1);
  CHECK(all.front().line < all[1].line);
  CHECK(all.back().message == "10 more errors are not shown");
}

TEST_CASE("a secret prints as stars") {
  std::ostringstream out;
  out << Secret("hunter2") << '|' << Secret();
  CHECK(out.str() == "***|");
  CHECK(Secret("hunter2").expose() == "hunter2");
}

}  // namespace
}  // namespace penstock::config
