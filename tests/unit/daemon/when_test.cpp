// The time of --at.
#include "daemon/commands/when.hpp"

#include <catch2/catch.hpp>

namespace penstock::commands {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a time is Unix seconds or a date") {
  CHECK(parse_time("1764000000.5") == job::Time(1'764'000'000'500ms));
  CHECK(parse_time("0") == job::Time(0ms));
  CHECK(parse_time("2026-12-24T18:00:00Z") == job::Time(1'798'135'200s));
  CHECK(parse_time("2026-12-24 18:00Z") == parse_time("2026-12-24T18:00:00Z"));
  CHECK(parse_time("9999-12-31T23:59:59Z") == job::Time(253'402'300'799s));
}

TEST_CASE("what is no time between 1970 and 9999 is refused") {
  const std::string text = GENERATE("", "inf", "-inf", "nan", "1e300", "253402300800", "-1",
                                    "1969-12-31T23:59:59Z", "tomorrow", "2026-12-24", "5m");
  CHECK_FALSE(parse_time(text));
}

TEST_CASE("a day or hour that the calendar lacks is no time, and not the one after it") {
  const std::string text =
      GENERATE("2026-02-31T00:00:00Z", "2026-02-29 12:00", "2026-04-31T12:00:00",
               "1900-02-29T00:00Z", "2026-01-01T00:00:60Z");
  CHECK_FALSE(parse_time(text));
}

TEST_CASE("Redis gets a time as seconds with three decimals") {
  CHECK(job::seconds_text(job::Time(1'764'000'000'050ms)) == "1764000000.050");
  CHECK(job::seconds_text(job::Time(0ms)) == "0.000");
}

}  // namespace
}  // namespace penstock::commands
