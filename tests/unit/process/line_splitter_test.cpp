#include "penstock/process/line_splitter.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using penstock::process::LineSplitter;

namespace {

struct Split {
  explicit Split(std::size_t limit)
      : splitter(limit, [this](std::string_view line) { lines.emplace_back(line); }) {}
  std::vector<std::string> lines;
  LineSplitter splitter;
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("lines come out without their newlines, empty ones included") {
  Split split(10);
  split.splitter.feed("one\n\ntwo\n");
  CHECK(split.lines == Lines{"one", "", "two"});
}

TEST_CASE("a line that arrives in pieces is put together") {
  Split split(10);
  for (const char* piece : {"o", "ne", "\ntw", "o\n"}) split.splitter.feed(piece);
  CHECK(split.lines == Lines{"one", "two"});
}

TEST_CASE("a last line without a newline is delivered at the end") {
  Split split(10);
  split.splitter.feed("one\ntwo");
  split.splitter.finish();
  split.splitter.finish();
  CHECK(split.lines == Lines{"one", "two"});
}

TEST_CASE("a line is cut at the limit and counted, once") {
  Split split(4);
  split.splitter.feed("12345");
  split.splitter.feed("6789");
  split.splitter.feed("\n1234\n12345\n");
  CHECK(split.lines == Lines{"1234", "1234", "1234"});
  CHECK(split.splitter.cut() == 2);
}

TEST_CASE("any bytes but the newline pass through") {
  Split split(10);
  split.splitter.feed(std::string_view("\0\xff\r\n", 4));
  CHECK(split.lines == Lines{std::string("\0\xff\r", 3)});
}

TEST_CASE("lines do not depend on how the bytes arrive") {
  const std::string text = "a\n\nlonger than the limit\nb\n1234567890\nend";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    Split split(10);
    for (std::size_t at = 0; at < text.size(); at += size)
      split.splitter.feed(std::string_view(text).substr(at, size));
    split.splitter.finish();
    CHECK(split.lines == Lines{"a", "", "longer tha", "b", "1234567890", "end"});
    CHECK(split.splitter.cut() == 1);
  }
}
