// What is in Redis becomes a Job. An element of a list or sorted set is the payload itself, or an
// envelope: a JSON object whose first key is "penstock", for a payload with options.
//
// Deliberately absent: any look into a payload. A raw element costs a look at its first bytes and a
// move of its string; an envelope's payload stays a slice of the element.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/job/ulid.hpp"

namespace penstock::job {

// An id becomes part of a Redis key, a header and log lines.
inline constexpr std::size_t kMaxIdBytes = 128;
// The other short texts: type, unique, reply_to.
inline constexpr std::size_t kMaxNameBytes = 512;
// Context goes to a handler's environment, which the kernel bounds as a whole (2 MiB by default).
inline constexpr std::size_t kMaxContextFields = 64;
inline constexpr std::size_t kMaxContextNameBytes = 64;
inline constexpr std::size_t kMaxContextValueBytes = 4096;
// More keys than any envelope needs, few enough to compare each with each.
inline constexpr std::size_t kMaxEnvelopeKeys = 256;
inline constexpr std::uint32_t kMaxCount = 1'000'000;  // attempts, runs, crashes

struct ContextField {
  std::string name;
  std::string value;
  bool operator==(const ContextField&) const = default;
};

/// A run of bytes of Job::element.
struct Span {
  std::size_t at = 0;
  std::size_t size = 0;
};

/// One job as one delivery: the counters are those of the element as it was fetched, so during a
/// run they do not count it yet.
struct Job {
  std::string slot;  // names this delivery in the inflight hash; never used again
  std::string id;    // the job's, for life; the slot, if the element brought none
  std::string type;
  std::uint32_t attempts_used = 0;
  std::uint32_t runs = 0;  // starts so far, whatever became of them
  std::uint32_t crashes = 0;
  std::optional<Time> enqueued_at;
  std::optional<Time> rang_at;  // when it came by the doorbell, whose slot is older than the job
  std::optional<Time> expires_at;
  std::optional<std::chrono::milliseconds> timeout;  // of one attempt, instead of the queue's
  std::optional<std::uint32_t> attempts;             // instead of the queue's
  std::string unique;
  std::string reply_to;
  std::vector<ContextField> context;

  std::string element;  // the bytes in Redis
  bool is_envelope = false;
  Span payload_span;                           // unless it came as base64:
  std::optional<std::string> decoded_payload;  // then here
  Span errors_span;                            // a JSON array, or empty

  std::string_view payload() const {
    return decoded_payload ? std::string_view(*decoded_payload) : in_element(payload_span);
  }
  std::string_view errors() const { return in_element(errors_span); }
  std::string_view in_element(Span span) const {
    return std::string_view(element).substr(span.at, span.size);
  }

  std::uint32_t attempt() const { return attempts_used + 1; }  // of the run under way
  std::uint32_t run() const { return runs + 1; }

  /// When the job was pushed, if it says so; else when it was fetched first, which the slot tells:
  /// from then on it is in the envelope.
  std::optional<Time> age_from() const {
    return enqueued_at ? enqueued_at : rang_at ? rang_at : ulid_time(slot);
  }
};

/// An envelope that cannot be trusted: for the dead set, bytes and all.
struct BadElement {
  std::string slot;
  std::string element;
  std::string reason;
};

/// Whether `element` claims to be an envelope.
bool is_envelope(std::string_view element);

/// Errors: an envelope that is not valid JSON, of an unknown version, with a key twice, with a
/// value of the wrong type or out of range, with no payload or two. A `null` option is an absent
/// one. A raw element is never an error.
std::expected<Job, BadElement> parse_element(std::string element, std::string slot);

/// The name under which a context field stands in a handler's environment: PENSTOCK_CTX_ and the
/// name in capitals, with _ for - and dots.
std::string context_variable(std::string_view name);

/// A letter, then letters, digits, _, - and dots.
bool is_context_name(std::string_view name);

}  // namespace penstock::job
