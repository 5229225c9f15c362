#include "penstock/job/outcome.hpp"

#include <catch2/catch.hpp>
#include <csignal>

namespace penstock::job {
namespace {

using namespace std::chrono_literals;
using enum OutcomeKind;

HandlerEnd exited(int code) {
  return {.kind = EndKind::kExited, .code = code};
}
HandlerEnd http(int status) {
  return {.kind = EndKind::kHttp, .code = status};
}

HandlerEnd http_later(int status, std::chrono::milliseconds after) {
  return {.kind = EndKind::kHttp, .code = status, .retry_after = after};
}

OutcomeKind by_default(const HandlerEnd& end) {
  return OutcomeTable().outcome(end).kind;
}

Outcome settled(const Outcome& outcome, std::uint32_t attempts_used = 0) {
  Job job;
  job.attempts_used = attempts_used;
  return settle(outcome, job, RetryPolicy{.attempts = 3, .backoff = Backoff::kFixed, .base = 10s},
                0.5);
}

TEST_CASE("outcome: what ends well is done, with its result") {
  CHECK(by_default({.kind = EndKind::kReturned}) == kDone);
  CHECK(by_default(exited(0)) == kDone);
  CHECK(by_default(http(200)) == kDone);
  CHECK(by_default(http(299)) == kDone);
  CHECK(OutcomeTable().outcome({.kind = EndKind::kReturned, .result = "42"}).result == "42");
}

TEST_CASE("outcome: what will never work is buried") {
  for (const int code : {64, 65}) CHECK(by_default(exited(code)) == kBury);
  for (const int status : {400, 404, 410, 422}) CHECK(by_default(http(status)) == kBury);
}

TEST_CASE("outcome: exit 99 drops") {
  CHECK(by_default(exited(99)) == kDrop);
}

TEST_CASE("outcome: exit 75 snoozes, and 429 and 503 when they say for how long") {
  CHECK(by_default(exited(75)) == kSnooze);
  CHECK(by_default(http_later(429, 5s)) == kSnooze);
  CHECK(by_default(http_later(503, 5s)) == kSnooze);
  CHECK(by_default(http(429)) == kRetry);
  CHECK(by_default(http(503)) == kRetry);
}

TEST_CASE("outcome: everything else is retried") {
  for (const int code : {1, 2, 66, 74, 76, 98, 100, 126, 127, 255})
    CHECK(by_default(exited(code)) == kRetry);
  for (const int status : {100, 199, 300, 302, 401, 403, 408, 409, 500, 502, 504, 599})
    CHECK(by_default(http(status)) == kRetry);
  for (const EndKind kind : {EndKind::kSignalled, EndKind::kTimedOut, EndKind::kNotStarted,
                             EndKind::kConnectionFailed, EndKind::kThrew})
    CHECK(by_default({.kind = kind}) == kRetry);
}

TEST_CASE("outcome: a queue's own rows replace the default ones") {
  const OutcomeTable table{.exit = {{3, kBury}, {0, kRetry}},
                           .http = {{404, kDone}},
                           .signal = kBury,
                           .timeout = kDrop,
                           .start = kBury,
                           .connection = kSnooze,
                           .exception = kDrop};
  CHECK(table.kind_of(exited(3)) == kBury);
  CHECK(table.kind_of(exited(0)) == kRetry);
  CHECK(table.kind_of(exited(4)) == kRetry);
  CHECK(table.kind_of(http(404)) == kDone);
  CHECK(table.kind_of(http(410)) == kBury);
  CHECK(table.kind_of({.kind = EndKind::kSignalled}) == kBury);
  CHECK(table.kind_of({.kind = EndKind::kTimedOut}) == kDrop);
  CHECK(table.kind_of({.kind = EndKind::kNotStarted}) == kBury);
  CHECK(table.kind_of({.kind = EndKind::kConnectionFailed}) == kSnooze);
  CHECK(table.kind_of({.kind = EndKind::kThrew}) == kDrop);
}

TEST_CASE("outcome: an exit code is no HTTP status, nor the other way round") {
  const OutcomeTable table{.exit = {{404, kDone}}, .http = {{3, kDone}}};
  CHECK(table.kind_of(http(404)) == kBury);
  CHECK(table.kind_of(exited(3)) == kRetry);
}

TEST_CASE("outcome: what the handler answered stands, before any row") {
  HandlerEnd end{.kind = EndKind::kAnswered, .answer = Outcome::retry("later", 30s)};
  const Outcome outcome = OutcomeTable().outcome(end);
  CHECK(outcome.kind == kRetry);
  CHECK(outcome.delay == 30s);
  CHECK(outcome.reason == "later");
}

TEST_CASE("outcome: a job that lacks what its handler needs is buried, whatever its attempts") {
  const Outcome outcome =
      settled(OutcomeTable().outcome({.kind = EndKind::kUnfit, .text = "no field src"}), 0);
  CHECK(outcome.kind == kBury);
  CHECK(outcome.reason == "cannot be run: no field src");
}

TEST_CASE("settle: a retry waits the backoff") {
  CHECK(settled(Outcome::retry("x")).delay == 10s);
  CHECK(settled(Outcome::snooze("x")).delay == 10s);
}

TEST_CASE("settle: a delay that the handler named is kept to the millisecond") {
  CHECK(settled(Outcome::retry("x", 123ms)).delay == 123ms);
  CHECK(settled(Outcome::snooze("x", 0ms)).delay == 0ms);
}

TEST_CASE("settle: a snooze lasts as long as Retry-After said, even when that is short") {
  CHECK(settled(OutcomeTable().outcome(http_later(429, 1s))).delay == 1100ms);
  CHECK(settled(OutcomeTable().outcome(http_later(503, 60s))).delay == 66s);
}

TEST_CASE("settle: a retry waits the longer of backoff and Retry-After") {
  CHECK(settled(OutcomeTable().outcome(http_later(500, 1s))).delay == 10s);
  CHECK(settled(OutcomeTable().outcome(http_later(500, 60s))).delay == 66s);
}

TEST_CASE("settle: a retry without attempts left is buried") {
  CHECK(settled(Outcome::retry("why"), 1).kind == kRetry);
  const Outcome buried = settled(Outcome::retry("why", 5s), 2);
  CHECK(buried.kind == kBury);
  CHECK(buried.reason == "why");
  CHECK_FALSE(buried.delay);
}

TEST_CASE("settle: a snooze never runs out of attempts") {
  CHECK(settled(Outcome::snooze("x"), 1000).kind == kSnooze);
}

TEST_CASE("settle: a job's own limit goes before the queue's") {
  Job job;
  job.attempts = 1;
  CHECK(settle(Outcome::retry("x"), job, RetryPolicy(), 0.5).kind == kBury);
}

TEST_CASE("settle: done, bury and drop are left alone") {
  for (const Outcome& outcome : {Outcome::done("r"), Outcome::bury("b"), Outcome::drop("d")}) {
    const Outcome same = settled(outcome, 99);
    CHECK(same.kind == outcome.kind);
    CHECK_FALSE(same.delay);
  }
}

TEST_CASE("breaker: counts what says that the other side is ill") {
  for (const HandlerEnd& end :
       {HandlerEnd{.kind = EndKind::kTimedOut}, HandlerEnd{.kind = EndKind::kConnectionFailed},
        HandlerEnd{.kind = EndKind::kNotStarted}, exited(75), exited(126), exited(127), http(408),
        http(500), http(503),
        HandlerEnd{.kind = EndKind::kAnswered, .answer = Outcome::snooze("")}})
    CHECK(counts_for_breaker(end));
}

TEST_CASE("breaker: does not count what says that the job is bad") {
  for (const HandlerEnd& end :
       {HandlerEnd{.kind = EndKind::kReturned}, HandlerEnd{.kind = EndKind::kSignalled, .code = 9},
        HandlerEnd{.kind = EndKind::kThrew}, HandlerEnd{.kind = EndKind::kUnfit}, exited(0),
        exited(1), exited(65), http(200), http(404), http(429),
        HandlerEnd{.kind = EndKind::kAnswered, .answer = Outcome::retry("")}})
    CHECK_FALSE(counts_for_breaker(end));
}

TEST_CASE("breaker: only what cannot be started opens it at once") {
  CHECK(trips_breaker({.kind = EndKind::kNotStarted}));
  CHECK(trips_breaker(exited(127)));
  CHECK_FALSE(trips_breaker(exited(75)));
  CHECK_FALSE(trips_breaker(http(503)));
}

TEST_CASE("outcome: an end is described in one line") {
  CHECK(describe({.kind = EndKind::kExited, .code = 3, .text = "disk full"}) ==
        "exit status 3: disk full");
  CHECK(describe({.kind = EndKind::kSignalled, .code = SIGKILL}) == "killed by SIGKILL");
  CHECK(describe({.kind = EndKind::kSignalled, .code = 999}) == "killed by signal 999");
  CHECK(describe(http(404)) == "HTTP 404");
  CHECK(describe({.kind = EndKind::kAnswered, .answer = Outcome::bury("bad row")}) == "bad row");
  CHECK(describe({.kind = EndKind::kAnswered, .answer = Outcome::bury("")}) == "bury");
}

TEST_CASE("outcome: the five words are read as they are written") {
  for (const OutcomeKind kind : {kDone, kRetry, kSnooze, kBury, kDrop})
    CHECK(outcome_kind(to_string(kind)) == kind);
  CHECK_FALSE(outcome_kind("Done"));
  CHECK_FALSE(outcome_kind(""));
}

TEST_CASE("outcome: every end has a word for the history") {
  for (int kind = 0; kind <= static_cast<int>(EndKind::kUnfit); ++kind)
    CHECK_FALSE(to_string(static_cast<EndKind>(kind)).empty());
}

}  // namespace
}  // namespace penstock::job
