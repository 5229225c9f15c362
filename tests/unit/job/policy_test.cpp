#include "penstock/job/policy.hpp"

#include <catch2/catch.hpp>
#include <limits>

namespace penstock::job {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr double kAlmostOne = 0.9999999;
constexpr std::uint32_t kVeryMany = std::numeric_limits<std::uint32_t>::max();

TEST_CASE("policy: the default is 25 attempts over about ten days") {
  const RetryPolicy policy;
  milliseconds all{};
  for (std::uint32_t n = 0; n + 1 < policy.attempts; ++n) all += policy.curve(n);
  CHECK(all > std::chrono::days(9));
  CHECK(all < std::chrono::days(11));
}

TEST_CASE("policy: the polynomial curve is base and the fourth power of n, in seconds") {
  const RetryPolicy policy;
  CHECK(policy.curve(0) == 15s);
  CHECK(policy.curve(1) == 16s);
  CHECK(policy.curve(2) == 31s);
  CHECK(policy.curve(3) == 96s);
  CHECK(policy.curve(10) == 10'015s);
}

TEST_CASE("policy: the exponential curve doubles from base") {
  const RetryPolicy policy{.backoff = Backoff::kExponential, .base = 1s, .max = 1h};
  CHECK(policy.curve(0) == 1s);
  CHECK(policy.curve(1) == 2s);
  CHECK(policy.curve(11) == 2048s);
  CHECK(policy.curve(12) == 1h);
}

TEST_CASE("policy: the fixed curve is base") {
  const RetryPolicy policy{.backoff = Backoff::kFixed, .base = 7s};
  CHECK(policy.curve(0) == 7s);
  CHECK(policy.curve(100) == 7s);
}

TEST_CASE("policy: a list is followed, its last delay again and again") {
  const RetryPolicy policy{.backoff = Backoff::kList, .delays = {10s, 1min, 10min}};
  CHECK(policy.curve(0) == 10s);
  CHECK(policy.curve(2) == 10min);
  CHECK(policy.curve(9) == 10min);
}

TEST_CASE("policy: no curve passes max, however many attempts") {
  for (const Backoff backoff : {Backoff::kExponential, Backoff::kPolynomial}) {
    const RetryPolicy policy{.backoff = backoff};
    for (const std::uint32_t n : {100U, 1023U, 1'000'000U, kVeryMany})
      CHECK(policy.curve(n) == policy.max);
  }
  CHECK(RetryPolicy{.backoff = Backoff::kFixed, .base = 2s, .max = 1s}.curve(0) == 1s);
  CHECK(RetryPolicy{.backoff = Backoff::kList, .max = 1s, .delays = {2s}}.curve(0) == 1s);
}

TEST_CASE("policy: the longest durations do not overflow") {
  const RetryPolicy policy{
      .backoff = Backoff::kExponential, .base = milliseconds::max(), .max = milliseconds::max()};
  CHECK(policy.curve(5) == milliseconds::max());
  CHECK(policy.delay(5, kAlmostOne) > 0ms);
  CHECK(policy.delay(5, 0) > 0ms);
}

TEST_CASE("policy: the horizon is all attempts and the longest pauses between them") {
  const RetryPolicy policy{.attempts = 3, .backoff = Backoff::kFixed, .base = 10s, .jitter = 0.5};
  CHECK(policy.horizon(1min) == 3min + 30s);
  CHECK(RetryPolicy{.attempts = 1}.horizon(1min) == 1min);
  CHECK(RetryPolicy().horizon(1min) > std::chrono::days(10));
  const RetryPolicy capped{
      .attempts = 3, .backoff = Backoff::kFixed, .base = 10s, .max = 12s, .jitter = 0.5};
  CHECK(capped.horizon(0ms) == 24s);
}

TEST_CASE("policy: no horizon is beyond a century") {
  const RetryPolicy policy{
      .attempts = kVeryMany, .base = milliseconds::max(), .max = milliseconds::max()};
  CHECK(policy.horizon(milliseconds::max()) == std::chrono::days(36'525));
  CHECK(RetryPolicy{.attempts = kVeryMany}.horizon(1ms) == std::chrono::days(36'525));
}

TEST_CASE("policy: jitter spreads to both sides") {
  const RetryPolicy policy{.backoff = Backoff::kFixed, .base = 100s, .jitter = 0.2};
  CHECK(policy.delay(0, 0) == 80s);
  CHECK(policy.delay(0, 0.5) == 100s);
  CHECK(policy.delay(0, kAlmostOne) == 120s);
}

TEST_CASE("policy: jitter stays within max and still spreads there") {
  const RetryPolicy policy{.backoff = Backoff::kFixed, .base = 100s, .max = 100s, .jitter = 0.2};
  CHECK(policy.delay(0, 0) == 80s);
  CHECK(policy.delay(0, 0.5) == 90s);
  CHECK(policy.delay(0, kAlmostOne) == 100s);
}

TEST_CASE("policy: full jitter reaches down to no delay, never below") {
  const RetryPolicy policy{.backoff = Backoff::kFixed, .base = 10s, .jitter = 1};
  CHECK(policy.delay(0, 0) == 0s);
  CHECK(policy.delay(0, kAlmostOne) == 20s);
}

TEST_CASE("policy: a Retry-After is a lower bound, spread upwards only") {
  const RetryPolicy policy{.backoff = Backoff::kFixed, .base = 10s, .jitter = 0.2};
  CHECK(policy.delay(0, 0, 60s) == 60s);
  CHECK(policy.delay(0, kAlmostOne, 60s) == 72s);
  CHECK(policy.delay(0, kAlmostOne, 1s) == 12s);
}

TEST_CASE("policy: a Retry-After between the ends of the spread is kept") {
  const RetryPolicy policy{.backoff = Backoff::kFixed, .base = 100s, .jitter = 0.2};
  for (const double random : {0.0, 0.3, 0.5, 0.9}) CHECK(policy.delay(0, random, 95s) >= 95s);
}

TEST_CASE("policy: a Retry-After of ages is believed for a year") {
  CHECK(RetryPolicy().spread(milliseconds::max(), 0) == std::chrono::days(366));
}

TEST_CASE("policy: the last attempt is told by the queue's limit or the job's own") {
  const RetryPolicy policy{.attempts = 3};
  CHECK_FALSE(policy.is_last(1));
  CHECK(policy.is_last(2));
  CHECK(policy.is_last(7));
  CHECK_FALSE(policy.is_last(2, 4));
  CHECK(policy.is_last(0, 1));
}

}  // namespace
}  // namespace penstock::job
