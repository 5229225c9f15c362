// The code in docs/3-async.md is taken from docs/examples/async, whose programs are built and run
// by tests of their own.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace penstock::test {
namespace {

namespace fs = std::filesystem;

const fs::path kDocs = fs::path(PENSTOCK_SOURCE_DIR) / "docs";

/// The lines of a file without their indentation.
std::vector<std::string> lines_of(const fs::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    line.erase(0, std::min(line.find_first_not_of(' '), line.size()));
    lines.push_back(line);
  }
  return lines;
}

std::vector<std::vector<std::string>> code_blocks(const std::vector<std::string>& chapter) {
  std::vector<std::vector<std::string>> blocks;
  for (auto line = chapter.begin(); line != chapter.end(); ++line) {
    if (*line != "```cpp") continue;
    const auto end = std::find(++line, chapter.end(), "```");
    blocks.emplace_back(line, end);
    line = end;
  }
  return blocks;
}

bool is_part_of_an_example(const std::vector<std::string>& block) {
  for (const fs::directory_entry& example : fs::directory_iterator(kDocs / "examples/async")) {
    const std::vector<std::string> lines = lines_of(example);
    if (!std::ranges::search(lines, block).empty()) return true;
  }
  return false;
}

TEST_CASE("each code block of the chapter on coroutines is a part of an example") {
  const auto blocks = code_blocks(lines_of(kDocs / "3-async.md"));
  CHECK(blocks.size() > 10);
  for (const auto& block : blocks) {
    INFO(block.front());
    CHECK(is_part_of_an_example(block));
  }
}

TEST_CASE("each example is spoken of in the chapter on coroutines") {
  const auto chapter = lines_of(kDocs / "3-async.md");
  for (const fs::directory_entry& example : fs::directory_iterator(kDocs / "examples/async")) {
    const std::string name = example.path().filename();
    INFO(name);
    CHECK(std::ranges::any_of(
        chapter, [&](const std::string& line) { return line.find(name) != std::string::npos; }));
  }
}

}  // namespace
}  // namespace penstock::test
