// What an attempt ended in. A handler tells how it ended (HandlerEnd); the table of the queue makes
// an outcome of that; the retry policy gives the outcome its delay.
//
//     HandlerEnd ──OutcomeTable──► Outcome ──settle()──► Outcome with a delay, or buried
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "penstock/job/envelope.hpp"
#include "penstock/job/policy.hpp"

namespace penstock::job {

enum class OutcomeKind : std::uint8_t { kDone, kRetry, kSnooze, kBury, kDrop };

struct Outcome {
  OutcomeKind kind = OutcomeKind::kDone;
  std::optional<std::chrono::milliseconds> delay = {};  // of a retry or snooze: exactly so long
  std::chrono::milliseconds not_before = {};            // the same, as the least (a Retry-After)
  std::string reason = {};                              // of anything but done
  std::string result = {};                              // of done

  static Outcome done(std::string result = {});
  static Outcome retry(std::string reason, std::optional<std::chrono::milliseconds> delay = {});
  static Outcome snooze(std::string reason, std::optional<std::chrono::milliseconds> delay = {});
  static Outcome bury(std::string reason);
  static Outcome drop(std::string reason);
};

std::string_view to_string(OutcomeKind kind);
std::optional<OutcomeKind> outcome_kind(std::string_view name);

enum class EndKind : std::uint8_t {
  kReturned,          // a coroutine or a statement, without an error
  kExited,            // code: the exit status
  kSignalled,         // code: the signal
  kTimedOut,          //
  kNotStarted,        // no such command, not executable, no process to be had
  kHttp,              // code: the status
  kConnectionFailed,  // no answer: refused, reset, unresolved, cut off
  kThrew,             // an exception, or a statement the server refused
  kAnswered,          // the handler chose an outcome by name: `answer`
  kUnfit,             // nothing ran: the job lacks what its handler needs
};

struct HandlerEnd {
  EndKind kind = EndKind::kReturned;
  int code = 0;
  std::string text = {};                                      // what the handler said went wrong
  std::optional<std::chrono::milliseconds> retry_after = {};  // of kHttp, if the answer had one
  std::string result = {};
  Outcome answer = {};  // of kAnswered
};

/// The word for an end in an envelope's history: exit, signal, timeout, start, http, connection,
/// exception, answer, unfit, return.
std::string_view to_string(EndKind kind);

/// One line on how it ended: `exit status 3: disk full`.
std::string describe(const HandlerEnd& end);

/// A queue's own rows, instead of the default ones.
struct OutcomeTable {
  std::map<int, OutcomeKind> exit = {};
  std::map<int, OutcomeKind> http = {};
  std::optional<OutcomeKind> signal = {};
  std::optional<OutcomeKind> timeout = {};
  std::optional<OutcomeKind> start = {};
  std::optional<OutcomeKind> connection = {};
  std::optional<OutcomeKind> exception = {};

  /// The outcome of `end`, with a delay only where the end itself named one.
  Outcome outcome(const HandlerEnd& end) const;

  OutcomeKind kind_of(const HandlerEnd& end) const;
};

/// Gives a retry or snooze its delay, unless it has one: a retry waits the backoff and at least
/// until `not_before`; a snooze just until then, or the backoff. Buries instead of retrying once
/// the attempts are used up. `random` is from [0, 1).
Outcome settle(Outcome outcome, const Job& job, const RetryPolicy& policy, double random);

/// Whether `end` says that the other side is ill, not that this job is bad: timeouts, connection
/// errors, HTTP 5xx and 408, exit 75, what could not be started.
bool counts_for_breaker(const HandlerEnd& end);

/// Whether `end` opens the breaker at once: a missing command does not get well by more tries.
bool trips_breaker(const HandlerEnd& end);

}  // namespace penstock::job
