#include "penstock/sql/timestamp.hpp"

#include <catch2/catch.hpp>

namespace penstock::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::sys_days;

microseconds at(sys_days day, microseconds time = microseconds(0)) {
  return day.time_since_epoch() + time;
}

TEST_CASE("a timestamp is read to the microsecond") {
  CHECK(sql::parse_timestamp("2026-01-02 03:04:05.123456+00") ==
        at(2026y / 1 / 2, 3h + 4min + 5s + 123456us));
  CHECK(sql::parse_timestamp("2026-01-02 03:04:05.5") == at(2026y / 1 / 2, 3h + 4min + 5500ms));
  CHECK(sql::parse_timestamp("1969-12-31 23:59:59") == microseconds(-1s));
}

TEST_CASE("a timestamp's offset is taken away") {
  CHECK(sql::parse_timestamp("2026-01-02 03:00:00+05:30") == at(2026y / 1 / 1, 21h + 30min));
  CHECK(sql::parse_timestamp("2026-01-02 03:00:00-03:30:15") ==
        at(2026y / 1 / 2, 6h + 30min + 15s));
}

TEST_CASE("a date is the beginning of its day") {
  CHECK(sql::parse_timestamp("2024-02-29") == at(2024y / 2 / 29));
  CHECK(sql::parse_timestamp("10000-01-01") == at(9999y / 12 / 31, 24h));
}

TEST_CASE("years before Christ count back from the year 1") {
  CHECK(sql::parse_timestamp("0001-12-31 BC") == at(std::chrono::year(0) / 12 / 31));
  CHECK(sql::parse_timestamp("0044-03-15 12:00:00+00 BC") ==
        at(std::chrono::year(-43) / 3 / 15, 12h));
}

TEST_CASE("the infinities are the ends") {
  CHECK(sql::parse_timestamp("infinity") == microseconds::max());
  CHECK(sql::parse_timestamp("-infinity") == microseconds::min());
}

TEST_CASE("what is not a time in ISO form is none") {
  for (const char* text :
       {"", "2026", "2026-13-01", "2026-01-00", "2026-01-32", "01/02/2026", "2026-01-02T03:04:05",
        "2026-01-02 03:04", "2026-01-02 03:04:05.", "2026-01-02 03:04:05.1234567",
        "2026-01-02 03:04:05+", "2026-01-02x", "Fri Jan 02 03:04:05 2026 UTC"}) {
    INFO(text);
    CHECK_FALSE(sql::parse_timestamp(text));
  }
}

}  // namespace
}  // namespace penstock::test
