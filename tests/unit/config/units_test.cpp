#include "daemon/config/units.hpp"

#include <catch2/catch.hpp>

namespace penstock::config {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a duration is whole numbers with units, from large to small") {
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("5s") == 5s);
  CHECK(parse_duration("1h30m") == 90min);
  CHECK(parse_duration("2d") == 48h);
  CHECK(parse_duration("1d2h3m4s5ms") == 26h + 3min + 4s + 5ms);
  CHECK(parse_duration("0s") == 0ms);
  CHECK(parse_duration("007s") == 7s);
}

TEST_CASE("a duration without a unit is refused, with the unit in the mend") {
  CHECK(parse_duration("60").error().contains("write 60s"));
  CHECK(parse_duration("0").error().contains("write 0s"));
}

TEST_CASE("what is not quite a duration is refused") {
  const auto* text = GENERATE("", "s", "5 s", " 5s", "5s ", "1.5h", "-5s", "+5s", "5S", "5sec",
                              "1m1h", "1s1s", "1h30", "5µs", "inf", "nan", "0x5s", "5s5");
  CHECK_FALSE(parse_duration(text));
}

TEST_CASE("a duration that no counter holds is refused") {
  CHECK(parse_duration("9223372036854775807ms"));
  CHECK_FALSE(parse_duration("9223372036854775808ms"));
  CHECK_FALSE(parse_duration("18446744073709551616ms"));
  CHECK_FALSE(parse_duration("106751991168d"));
  CHECK_FALSE(parse_duration("9223372036854775807ms1ms"));
  CHECK_FALSE(parse_duration("106751991167d24h"));
}

TEST_CASE("a size has binary and decimal units") {
  CHECK(parse_size("0B") == 0U);
  CHECK(parse_size("512B") == 512U);
  CHECK(parse_size("64KiB") == 65'536U);
  CHECK(parse_size("10MB") == 10'000'000U);
  CHECK(parse_size("1GiB") == 1ULL << 30U);
  CHECK(parse_size("2TiB") == 2ULL << 40U);
}

TEST_CASE("what is not quite a size is refused") {
  const auto* text = GENERATE("", "KiB", "64", "64K", "64kb", "1.5GiB", "-1B", "64 KiB", "1KiB1B",
                              "8388608TiB", "99999999999999999999B");
  CHECK_FALSE(parse_size(text));
}

TEST_CASE("a size without a unit is refused, with the unit in the mend") {
  CHECK(parse_size("1048576").error().contains("write 1048576B"));
}

TEST_CASE("a share is a fraction or a percentage") {
  CHECK(*parse_share("0.2") == Approx(0.2));
  CHECK(*parse_share("20%") == Approx(0.2));
  CHECK(*parse_share("0") == 0);
  CHECK(*parse_share("1") == 1);
  CHECK(*parse_share("100%") == 1);
}

TEST_CASE("what is not quite a share is refused") {
  const auto* text =
      GENERATE("", "%", "2", "-0.1", "120%", "nan", "inf", "0,2", "0.2x", "1e-1", "0x1");
  CHECK_FALSE(parse_share(text));
}

TEST_CASE("an integer is decimal digits and nothing else") {
  CHECK(parse_integer("0") == 0);
  CHECK(parse_integer("-17") == -17);
  CHECK(parse_integer("9223372036854775807") == INT64_MAX);
}

TEST_CASE("an integer that another reader would take for octal is refused as such") {
  CHECK(parse_integer("010").error().contains("octal"));
  CHECK(parse_integer("-010").error().contains("octal"));
}

TEST_CASE("what is not quite an integer is refused") {
  const auto* text = GENERATE("", "-", "+5", "5.0", "1e3", "0x10", "1_000", " 5", "5 ", "--5",
                              "ten", "9223372036854775808");
  CHECK_FALSE(parse_integer(text));
}

TEST_CASE("durations and sizes are written the shortest way") {
  CHECK(to_text(0ms) == "0s");
  CHECK(to_text(90min) == "1h30m");
  CHECK(to_text(250ms) == "250ms");
  CHECK(to_text_size(0) == "0B");
  CHECK(to_text_size(65'536) == "64KiB");
  CHECK(to_text_size(10'000'000) == "10MB");
  CHECK(to_text_size(1000001) == "1000001B");
}

}  // namespace
}  // namespace penstock::config
