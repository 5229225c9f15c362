// Every file of tests/integration/configs/bad says what must be said about it, in comments at its
// end or in a file beside it:
//
//   # expect: LINE:COLUMN text of the message
//
// All of it is checked, and that nothing else is said. Those in good, as shipped and as examples,
// must load.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "load.hpp"

namespace penstock::config {
namespace {

namespace fs = std::filesystem;

const fs::path kTree = PENSTOCK_SOURCE_DIR;

struct Expected {
  std::string place;
  std::string words;
};

std::vector<fs::path> yaml_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kTree / folder)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::vector<Expected> lines_after(const fs::path& file, std::string_view prefix) {
  std::vector<Expected> expected;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(prefix)) continue;
    line.erase(0, prefix.size());
    const std::size_t space = line.find(' ');
    expected.push_back({line.substr(0, space), line.substr(space + 1)});
  }
  return expected;
}

std::vector<Expected> expectations(const fs::path& file) {
  fs::path beside = file;
  beside.replace_extension(".expect");
  return fs::exists(beside) ? lines_after(beside, "") : lines_after(file, "# expect: ");
}

bool says(const Diagnostic& diagnostic, const Expected& expected) {
  const std::string place =
      std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column);
  return place == expected.place && format(diagnostic).contains(expected.words);
}

std::string all(const std::vector<Diagnostic>& diagnostics) {
  std::ostringstream out;
  for (const Diagnostic& diagnostic : diagnostics) out << format(diagnostic) << '\n';
  return out.str();
}

TEST_CASE("a bad file is refused with exactly what is wrong with it, at its place") {
  const fs::path file = GENERATE(from_range(yaml_files("tests/integration/configs/bad")));
  const Loaded loaded = load(file, test_environment());
  REQUIRE_FALSE(loaded);
  const std::vector<Expected> expected = expectations(file);
  INFO(all(loaded.error()));
  CHECK(loaded.error().size() == expected.size());
  for (const Expected& one : expected) {
    INFO("expected in " << file.filename() << ": " << one.place << ' ' << one.words);
    CHECK(std::ranges::any_of(loaded.error(), [&](const Diagnostic& d) { return says(d, one); }));
  }
}

TEST_CASE("there are enough bad files to find most of what goes wrong") {
  CHECK(yaml_files("tests/integration/configs/bad").size() >= 80);
}

TEST_CASE("a good file loads") {
  const fs::path file =
      GENERATE(from_range(yaml_files("tests/integration/configs/good")),
               from_range(yaml_files("config")), from_range(yaml_files("config/examples")));
  const Loaded loaded = load(file, test_environment(), Secrets::kCheck);
  INFO(file << '\n' << (loaded ? "" : all(loaded.error())));
  CHECK(loaded);
}

}  // namespace
}  // namespace penstock::config
