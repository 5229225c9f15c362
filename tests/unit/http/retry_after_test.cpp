#include "penstock/http/retry_after.hpp"

#include <catch2/catch.hpp>

namespace penstock::http {
namespace {

using namespace std::chrono_literals;

/// Sun, 06 Nov 1994 08:49:37 GMT
const std::chrono::system_clock::time_point kNow{784'111'777s};

std::optional<async::Duration> asked(std::string value) {
  return retry_after({{"Retry-After", std::move(value)}}, kNow);
}

TEST_CASE("Retry-After in seconds is so many") {
  CHECK(asked("0") == 0s);
  CHECK(asked("120") == 120s);
}

TEST_CASE("Retry-After as a date is the time until then, in each of HTTP's three forms") {
  CHECK(asked("Sun, 06 Nov 1994 08:50:37 GMT") == 60s);
  CHECK(asked("Sunday, 06-Nov-94 08:50:37 GMT") == 60s);
  CHECK(asked("Sun Nov  6 08:50:37 1994") == 60s);
}

TEST_CASE("a date of Retry-After that has passed is no wait") {
  CHECK(asked("Sun, 06 Nov 1994 08:00:00 GMT") == 0s);
}

TEST_CASE("a date of Retry-After is counted from the server's own clock, if it tells") {
  const Headers headers{{"Date", "Mon, 07 Nov 1994 00:00:00 GMT"},
                        {"Retry-After", "Mon, 07 Nov 1994 00:00:05 GMT"}};
  CHECK(retry_after(headers, kNow) == 5s);
}

TEST_CASE("a Retry-After beyond counting is the longest there is") {
  CHECK(asked("99999999999999999999999999") == asked("99999999999999999"));
  CHECK(*asked("99999999999999999") > 24h * 365 * 99);
}

TEST_CASE("a Retry-After that is neither is none") {
  const std::string value = GENERATE("", "soon", "-5", "1.5", "5 ", "+5", "0x10");
  CHECK(asked(value) == std::nullopt);
}

TEST_CASE("without Retry-After nothing is asked") {
  CHECK(retry_after({}, kNow) == std::nullopt);
}

}  // namespace
}  // namespace penstock::http
