#include <catch2/catch.hpp>

#include "load.hpp"

namespace penstock::config {
namespace {

TEST_CASE("a retry policy is read") {
  const job::RetryPolicy retry =
      queue("noop: {}, retry: {attempts: 7, backoff: exponential, base: 2s, max: 3m, jitter: 50%}")
          .retry;
  CHECK(retry.attempts == 7);
  CHECK(retry.backoff == job::Backoff::kExponential);
  CHECK(retry.base == 2s);
  CHECK(retry.max == 3min);
  CHECK(retry.jitter == Approx(0.5));
}

TEST_CASE("a list of delays says how often, too") {
  const job::RetryPolicy retry = queue("noop: {}, retry: {backoff: [1s, 10s, 1m]}").retry;
  CHECK(retry.backoff == job::Backoff::kList);
  CHECK(retry.delays == std::vector<std::chrono::milliseconds>{1s, 10s, 1min});
  CHECK(retry.attempts == 4);
}

TEST_CASE("attempts beside a list of delays are kept") {
  CHECK(queue("noop: {}, retry: {backoff: [1s], attempts: 9}").retry.attempts == 9);
}

TEST_CASE("a word for the backoff takes back a default's list") {
  const Config config = loaded(
      "defaults: {noop: {}, retry: {backoff: [1s, 2s]}}\n"
      "queues: {q: {retry: {backoff: fixed}}}");
  CHECK(config.queues[0].retry.backoff == job::Backoff::kFixed);
  CHECK(config.queues[0].retry.delays.empty());
}

TEST_CASE("a breaker is read; zero failures switch it off") {
  const auto breaker =
      queue("noop: {}, breaker: {failures: 0, window: 1m, reset: 2m, probes: 3}").breaker;
  CHECK(breaker.failures == 0);
  CHECK(breaker.window == 1min);
  CHECK(breaker.reset == 2min);
  CHECK(breaker.probes == 3);
}

TEST_CASE("outcomes are read by what the attempt ended in") {
  const job::OutcomeTable outcomes = queue(
                                         "noop: {}, outcomes: {exit: {0: done, 3: bury, 255: "
                                         "snooze}, signal: drop, timeout: bury, spawn: retry}")
                                         .outcomes;
  CHECK(outcomes.exit.at(0) == job::OutcomeKind::kDone);
  CHECK(outcomes.exit.at(3) == job::OutcomeKind::kBury);
  CHECK(outcomes.exit.at(255) == job::OutcomeKind::kSnooze);
  CHECK(outcomes.signal == job::OutcomeKind::kDrop);
  CHECK(outcomes.timeout == job::OutcomeKind::kBury);
  CHECK(outcomes.start == job::OutcomeKind::kRetry);
}

TEST_CASE("a list of delays has a bound") {
  std::string delays;
  for (int i = 0; i < 101; ++i) delays += "1s, ";
  CHECK(complaints("queues: {q: {noop: {}, retry: {backoff: [" + delays + "]}}}").size() == 1);
}

}  // namespace
}  // namespace penstock::config
