#include "penstock/job/outcome.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <utility>

namespace penstock::job {
namespace {

using std::chrono::milliseconds;

// Exit codes from sysexits.h, and one of our own for "drop".
constexpr int kExitUsage = 64;
constexpr int kExitBadData = 65;
constexpr int kExitTryLater = 75;
constexpr int kExitDrop = 99;
// What shells, env and timeout exit with for a command they cannot run.
constexpr int kExitNotExecutable = 126;
constexpr int kExitNotFound = 127;

constexpr std::array<std::pair<OutcomeKind, std::string_view>, 5> kOutcomeNames{{
    {OutcomeKind::kDone, "done"},
    {OutcomeKind::kRetry, "retry"},
    {OutcomeKind::kSnooze, "snooze"},
    {OutcomeKind::kBury, "bury"},
    {OutcomeKind::kDrop, "drop"},
}};

OutcomeKind of_exit(int code) {
  switch (code) {
    case 0:
      return OutcomeKind::kDone;
    case kExitUsage:
    case kExitBadData:
      return OutcomeKind::kBury;
    case kExitTryLater:
      return OutcomeKind::kSnooze;
    case kExitDrop:
      return OutcomeKind::kDrop;
    default:
      return OutcomeKind::kRetry;
  }
}

OutcomeKind of_http(int status, bool retry_after) {
  if (status >= 200 && status < 300) return OutcomeKind::kDone;
  switch (status) {
    case 429:
    case 503:
      return retry_after ? OutcomeKind::kSnooze : OutcomeKind::kRetry;
    case 400:
    case 404:
    case 410:
    case 422:
      return OutcomeKind::kBury;
    default:
      return OutcomeKind::kRetry;
  }
}

OutcomeKind row(const std::map<int, OutcomeKind>& rows, int code, OutcomeKind otherwise) {
  const auto own = rows.find(code);
  return own != rows.end() ? own->second : otherwise;
}

bool is_missing_command(const HandlerEnd& end) {
  return end.kind == EndKind::kNotStarted ||
         (end.kind == EndKind::kExited &&
          (end.code == kExitNotFound || end.code == kExitNotExecutable));
}

Outcome of(OutcomeKind kind, std::string reason, std::optional<milliseconds> delay = {}) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.delay = delay;
  outcome.reason = std::move(reason);
  return outcome;
}

std::string signal_name(int signal) {
  const char* const name = ::sigabbrev_np(signal);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

std::string headline(const HandlerEnd& end) {
  switch (end.kind) {
    case EndKind::kReturned:
      return "returned";
    case EndKind::kExited:
      return "exit status " + std::to_string(end.code);
    case EndKind::kSignalled:
      return "killed by " + signal_name(end.code);
    case EndKind::kTimedOut:
      return "timed out";
    case EndKind::kNotStarted:
      return "could not be started";
    case EndKind::kHttp:
      return "HTTP " + std::to_string(end.code);
    case EndKind::kConnectionFailed:
      return "connection failed";
    case EndKind::kThrew:
      return "failed";
    case EndKind::kAnswered:
      return end.answer.reason.empty() ? std::string(to_string(end.answer.kind))
                                       : end.answer.reason;
    case EndKind::kUnfit:
      return "cannot be run";
  }
  return {};
}

}  // namespace

Outcome Outcome::done(std::string result) {
  Outcome outcome;
  outcome.result = std::move(result);
  return outcome;
}

Outcome Outcome::retry(std::string reason, std::optional<milliseconds> delay) {
  return of(OutcomeKind::kRetry, std::move(reason), delay);
}

Outcome Outcome::snooze(std::string reason, std::optional<milliseconds> delay) {
  return of(OutcomeKind::kSnooze, std::move(reason), delay);
}

Outcome Outcome::bury(std::string reason) {
  return of(OutcomeKind::kBury, std::move(reason));
}

Outcome Outcome::drop(std::string reason) {
  return of(OutcomeKind::kDrop, std::move(reason));
}

std::string_view to_string(OutcomeKind kind) {
  return std::ranges::find(kOutcomeNames, kind, [](auto& entry) { return entry.first; })->second;
}

std::optional<OutcomeKind> outcome_kind(std::string_view name) {
  const auto entry = std::ranges::find(kOutcomeNames, name, [](auto& row) { return row.second; });
  return entry != kOutcomeNames.end() ? std::optional(entry->first) : std::nullopt;
}

std::string_view to_string(EndKind kind) {
  switch (kind) {
    case EndKind::kReturned:
      return "return";
    case EndKind::kExited:
      return "exit";
    case EndKind::kSignalled:
      return "signal";
    case EndKind::kTimedOut:
      return "timeout";
    case EndKind::kNotStarted:
      return "start";
    case EndKind::kHttp:
      return "http";
    case EndKind::kConnectionFailed:
      return "connection";
    case EndKind::kThrew:
      return "exception";
    case EndKind::kAnswered:
      return "answer";
    case EndKind::kUnfit:
      return "unfit";
  }
  return "";
}

std::string describe(const HandlerEnd& end) {
  std::string line = headline(end);
  if (!end.text.empty()) line += ": " + end.text;
  return line;
}

OutcomeKind OutcomeTable::kind_of(const HandlerEnd& end) const {
  switch (end.kind) {
    case EndKind::kReturned:
      return OutcomeKind::kDone;
    case EndKind::kExited:
      return row(exit, end.code, of_exit(end.code));
    case EndKind::kSignalled:
      return signal.value_or(OutcomeKind::kRetry);
    case EndKind::kTimedOut:
      return timeout.value_or(OutcomeKind::kRetry);
    case EndKind::kNotStarted:
      return start.value_or(OutcomeKind::kRetry);
    case EndKind::kHttp:
      return row(http, end.code, of_http(end.code, end.retry_after.has_value()));
    case EndKind::kConnectionFailed:
      return connection.value_or(OutcomeKind::kRetry);
    case EndKind::kThrew:
      return exception.value_or(OutcomeKind::kRetry);
    case EndKind::kAnswered:
      return end.answer.kind;
    case EndKind::kUnfit:
      return OutcomeKind::kBury;
  }
  return OutcomeKind::kRetry;
}

Outcome OutcomeTable::outcome(const HandlerEnd& end) const {
  if (end.kind == EndKind::kAnswered) return end.answer;
  const OutcomeKind kind = kind_of(end);
  if (kind == OutcomeKind::kDone) return Outcome::done(end.result);
  Outcome outcome = of(kind, describe(end));
  outcome.not_before = end.retry_after.value_or(milliseconds::zero());
  return outcome;
}

Outcome settle(Outcome outcome, const Job& job, const RetryPolicy& policy, double random) {
  const bool retry = outcome.kind == OutcomeKind::kRetry;
  if (!retry && outcome.kind != OutcomeKind::kSnooze) return outcome;
  if (retry && policy.is_last(job.attempts_used, job.attempts)) {
    outcome.kind = OutcomeKind::kBury;
    outcome.delay.reset();
  } else if (!outcome.delay) {
    const bool told = !retry && outcome.not_before > milliseconds::zero();
    outcome.delay = told ? policy.spread(outcome.not_before, random)
                         : policy.delay(job.attempts_used, random, outcome.not_before);
  }
  return outcome;
}

bool counts_for_breaker(const HandlerEnd& end) {
  switch (end.kind) {
    case EndKind::kTimedOut:
    case EndKind::kConnectionFailed:
      return true;
    case EndKind::kHttp:
      return end.code >= 500 || end.code == 408;
    case EndKind::kExited:
      return end.code == kExitTryLater || is_missing_command(end);
    case EndKind::kAnswered:
      return end.answer.kind == OutcomeKind::kSnooze;
    default:
      return is_missing_command(end);
  }
}

bool trips_breaker(const HandlerEnd& end) {
  return is_missing_command(end);
}

}  // namespace penstock::job
