#include "penstock/job/time.hpp"

#include <catch2/catch.hpp>

namespace penstock::job {
namespace {

using namespace std::chrono_literals;

TEST_CASE("seconds are read to the millisecond") {
  CHECK(parse_seconds("1764000000.2509") == 1'764'000'000'250ms);
  CHECK(parse_seconds("-2.5") == -2500ms);
  CHECK(parse_seconds("221845392000") == 221'845'392'000s);  // the year 9000
}

TEST_CASE("what is no number is no time") {
  CHECK(parse_seconds("soon") == 0ms);
  CHECK(parse_seconds("nan") == 0ms);
  CHECK(parse_seconds("") == 0ms);
}

TEST_CASE("times too far off to count to are the farthest ones, and may be subtracted") {
  const auto farthest = parse_seconds("inf");
  CHECK(farthest > parse_seconds("221845392000"));
  CHECK(parse_seconds("1764000000123456789") == farthest);  // nanoseconds
  CHECK(parse_seconds("1e300") == farthest);
  CHECK(parse_seconds("-inf") == -farthest);
  CHECK(farthest - parse_seconds("-inf") > farthest);
}

}  // namespace
}  // namespace penstock::job
