#include "penstock/log/spool.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace penstock::log;

namespace {

std::vector<std::string> lines_of(const Batch& batch) {
  std::vector<std::string> lines;
  std::string_view rest = batch.text;
  for (const Batch::Entry& entry : batch.entries) {
    lines.emplace_back(rest.substr(0, entry.bytes));
    rest.remove_prefix(entry.bytes);
  }
  CHECK(rest.empty());
  return lines;
}

std::vector<std::string> take(Spool& spool, std::size_t bytes = 1'000'000) {
  Batch batch;
  spool.take(batch, bytes);
  return lines_of(batch);
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a spool gives lines back in their order", "[log]") {
  Spool spool(1000);
  spool.push(Level::kInfo, "one");
  spool.push(Level::kInfo, "");
  spool.push(Level::kInfo, "three");
  CHECK(take(spool) == Lines{"one", "", "three"});
  CHECK(spool.empty());
}

TEST_CASE("a spool remembers each line's level", "[log]") {
  Spool spool(1000);
  spool.push(Level::kError, "bad");
  Batch batch;
  spool.take(batch, 1000);
  REQUIRE(batch.entries.size() == 1);
  CHECK(batch.entries[0].level == Level::kError);
}

TEST_CASE("a batch ends with the line that fills it", "[log]") {
  Spool spool(1000);
  for (const char* line : {"aaaa", "bbbb", "cccc"}) spool.push(Level::kInfo, line);
  CHECK(take(spool, 5) == Lines{"aaaa", "bbbb"});
  CHECK(take(spool, 5) == Lines{"cccc"});
}

TEST_CASE("a full spool drops its oldest lines and counts them", "[log]") {
  Spool spool(60);  // of lines of 8 + 12 bytes: three
  for (const char* line : {"first line..", "second line.", "third line..", "fourth line."}) {
    spool.push(Level::kInfo, line);
  }
  CHECK(spool.dropped() == 1);
  CHECK(take(spool) == Lines{"second line.", "third line..", "fourth line."});
}

TEST_CASE("a line larger than the spool is dropped alone", "[log]") {
  Spool spool(64);
  spool.push(Level::kInfo, "kept");
  spool.push(Level::kInfo, std::string(60, 'x'));
  CHECK(spool.dropped() == 1);
  CHECK(take(spool) == Lines{"kept"});
}

TEST_CASE("lines survive the end of the ring, whatever their sizes", "[log]") {
  std::mt19937 random(748);
  Spool spool(257);
  Lines expected;
  for (int round = 0; round < 3000; ++round) {
    expected.push_back(std::to_string(round) + std::string(random() % 40, 'x'));
    spool.push(Level::kInfo, expected.back());
    if (random() % 5 != 0) continue;
    const Lines taken = take(spool);
    REQUIRE(taken.size() <= expected.size());
    expected.erase(expected.begin(), expected.end() - static_cast<std::ptrdiff_t>(taken.size()));
    REQUIRE(taken == expected);
    expected.clear();
  }
}
