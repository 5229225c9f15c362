// A Job becomes what is in Redis: the envelopes of retried, recovered and buried jobs, and of new
// ones.
//
//     {"penstock":1,"id":…,"run":…,"attempt":…,"crashes":…, what the element said besides …,
//      "errors":[…],"payload":…}
//
// The payload stands in it byte for byte if it is JSON (with no white space around it, which would
// be lost, and shallow enough to nest), else as base64. Keys that the element brought are carried
// on verbatim, known or not.
//
// Invariant, for every job: parse_element(compose_…(job)) has its id, options and payload bytes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/job/envelope.hpp"

namespace penstock::job {

// An envelope keeps its first error, which often tells the cause, and the latest ones.
inline constexpr std::size_t kMaxErrors = 10;
// Of a message; a stack trace's head fits, a page of HTML does not.
inline constexpr std::size_t kMaxMessageBytes = 4096;

/// One entry of an envelope's history. Message and kind may be any bytes.
struct ErrorRecord {
  Time at = {};
  std::uint32_t attempt = 0;
  std::string kind = {};
  std::optional<int> code = {};
  std::string message = {};
  std::string instance = {};
  std::chrono::milliseconds took = {};
};

/// After a failed attempt: one more run, one more attempt used.
std::string compose_retry(const Job& job, const ErrorRecord& error);

/// After an attempt that does not count: one more run.
std::string compose_snooze(const Job& job, const ErrorRecord& error);

/// After a run that was cancelled to be done elsewhere: one more run, no error.
std::string compose_return(const Job& job);

/// After the death of its instance: one more run, and its first crash. Whether it had started is
/// not known, so a later crash is charged by compose_start() alone.
std::string compose_crash(const Job& job, const ErrorRecord& error);

/// As a job that has crashed before starts: one crash more, which falls away with any other end.
std::string compose_start(const Job& job);

/// For the dead set, after an attempt: counts as compose_retry() does. `error` says why it was
/// buried.
std::string compose_dead(const Job& job, const ErrorRecord& error);

/// For the dead set, without an attempt: the counters stay as they were.
std::string compose_unrun(const Job& job, const ErrorRecord& error);

/// For the dead set: the whole element as payload_base64, never run.
std::string compose_unreadable(const BadElement& bad, const ErrorRecord& error);

/// The options of a new job; what is empty is left out.
struct NewJob {
  std::string id = {};  // without one the job gets its id when it is fetched
  std::string type = {};
  std::optional<Time> enqueued_at = {};
  std::optional<Time> expires_at = {};
  std::optional<std::chrono::milliseconds> timeout = {};
  std::optional<std::uint32_t> attempts = {};
  std::string unique = {};
  std::string reply_to = {};
  std::vector<ContextField> context = {};
};

/// Errors: the reason, when an option is such that parse_element() would refuse the envelope.
std::expected<std::string, std::string> compose_new(const NewJob& options,
                                                    std::string_view payload);

}  // namespace penstock::job
