#include "penstock/job/envelope.hpp"

#include <algorithm>
#include <array>
#include <deque>

#include "penstock/job/envelope_values.hpp"
#include "penstock/job/json.hpp"
#include "penstock/job/json_string.hpp"
#include "penstock/job/scripts.hpp"

namespace penstock::job {
namespace {

using json::Value;
using Reason = std::string;  // empty: nothing wrong

template <class T, class U>
Reason store(T& to, values::Read<U>&& read) {
  if (!read) return std::move(read.error());
  to = std::move(*read);
  return {};
}

Span span_of(const Job& job, std::string_view slice) {
  return {static_cast<std::size_t>(slice.data() - job.element.data()), slice.size()};
}

Reason read_version(Job&, Value value) {
  return value.raw == "1" ? Reason() : Reason("is of a version that is not known here");
}

Reason read_errors(Job& job, Value value) {
  if (value.kind != json::Kind::kArray) return "must be an array";
  job.errors_span = span_of(job, value.raw);
  return {};
}

Reason read_payload(Job& job, Value value) {
  job.payload_span = span_of(job, value.raw);
  return {};
}

Reason read_timeout(Job& job, Value v) {
  return store(job.timeout, values::duration(v));
}
Reason read_attempts(Job& job, Value v) {
  return store(job.attempts, values::count(v, 1));
}
Reason read_context(Job& job, Value v) {
  return store(job.context, values::context(v));
}
Reason read_bytes(Job& job, Value v) {
  return store(job.decoded_payload, values::bytes(v));
}

template <std::string Job::* Field, std::size_t Limit>
Reason read_name(Job& job, Value value) {
  return store(job.*Field, values::name(value, Limit));
}

Reason read_reply_to(Job& job, Value value) {
  const Reason reason = store(job.reply_to, values::name(value, kMaxNameBytes));
  return reason.empty() && is_own_key(job.reply_to) ? "names a key of Penstock's own" : reason;
}

template <std::uint32_t Job::* Field>
Reason read_count(Job& job, Value value) {
  return store(job.*Field, values::count(value, 0));
}

template <std::optional<Time> Job::* Field>
Reason read_time(Job& job, Value value) {
  return store(job.*Field, values::time(value));
}

struct Key {
  std::string_view name;
  Reason (*read)(Job&, Value);
};

constexpr std::string_view kVersion = "penstock";
constexpr std::string_view kPayload = "payload";
constexpr std::string_view kPayloadBase64 = "payload_base64";

constexpr std::array kKeys{
    Key{kVersion, read_version},
    Key{"id", read_name<&Job::id, kMaxIdBytes>},
    Key{"type", read_name<&Job::type, kMaxNameBytes>},
    Key{"run", read_count<&Job::runs>},
    Key{"attempt", read_count<&Job::attempts_used>},
    Key{"crashes", read_count<&Job::crashes>},
    Key{"enqueued_at", read_time<&Job::enqueued_at>},
    Key{"expires_at", read_time<&Job::expires_at>},
    Key{"timeout", read_timeout},
    Key{"attempts", read_attempts},
    Key{"unique", read_name<&Job::unique, kMaxNameBytes>},
    Key{"reply_to", read_reply_to},
    Key{"context", read_context},
    Key{"errors", read_errors},
    Key{kPayload, read_payload},
    Key{kPayloadBase64, read_bytes},
};

/// null stands for an absent option, but the version is none and a payload may be null.
bool may_be_null(const Key& key) {
  return key.name != kVersion && key.name != kPayload;
}

Reason about(std::string_view key, Reason reason) {
  if (reason.empty()) return reason;
  return "\"" + std::string(key) + "\" " + reason;
}

/// Reads a key that is known here; others are carried on unread.
Reason read_key(Job& job, std::string_view name, Value value) {
  const auto key = std::ranges::find(kKeys, name, &Key::name);
  if (key == kKeys.end()) return {};
  if (value.kind == json::Kind::kNull && may_be_null(*key)) return {};
  return about(name, key->read(job, value));
}

std::string printable(std::string_view bytes) {
  std::string quoted;
  json::append_quoted(quoted, json::cut(bytes, kMaxIdBytes));
  return quoted;
}

/// The keys by what they mean, each once; `unescaped` owns those that are spelled with escapes.
std::expected<std::vector<std::string_view>, Reason> distinct_keys(
    const std::vector<json::Member>& members, std::deque<std::string>& unescaped) {
  std::vector<std::string_view> names;
  names.reserve(members.size());
  for (const json::Member& member : members) {
    std::string_view name = member.key;
    if (name.contains('\\')) {
      auto meant = json::unescape(name);
      if (!meant) return std::unexpected("a key holds half of a surrogate pair");
      name = unescaped.emplace_back(std::move(*meant));
    }
    if (std::ranges::find(names, name) != names.end())
      return std::unexpected(printable(name) + " is twice");
    names.push_back(name);
  }
  return names;
}

Reason read_keys(Job& job, const std::vector<json::Member>& members) {
  std::deque<std::string> unescaped;
  const auto names = distinct_keys(members, unescaped);
  if (!names) return names.error();
  for (std::size_t i = 0; i < members.size(); ++i)
    if (auto reason = read_key(job, (*names)[i], members[i].value); !reason.empty()) return reason;
  return {};
}

Reason read_envelope(Job& job) {
  const auto members = json::members(job.element, kMaxEnvelopeKeys);
  if (!members) {
    return "is not valid JSON: " + std::string(members.error().what) + ", at byte " +
           std::to_string(members.error().offset);
  }
  if (auto reason = read_keys(job, *members); !reason.empty()) return reason;
  const bool json = job.payload_span.size > 0;
  if (json && job.decoded_payload) return "has both \"payload\" and \"payload_base64\"";
  if (!json && !job.decoded_payload) return "has no \"payload\" and no \"payload_base64\"";
  return {};
}

std::string_view after_space(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \n\t\r");
  return start == std::string_view::npos ? std::string_view() : text.substr(start);
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_name_byte(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

}  // namespace

bool is_envelope(std::string_view element) {
  constexpr std::string_view kKey = "\"penstock\"";
  std::string_view rest = after_space(element);
  if (!rest.starts_with('{')) return false;
  rest = after_space(rest.substr(1));
  return rest.starts_with(kKey) && after_space(rest.substr(kKey.size())).starts_with(':');
}

std::expected<Job, BadElement> parse_element(std::string element, std::string slot) {
  Job job;
  job.element = std::move(element);
  job.slot = std::move(slot);
  job.is_envelope = is_envelope(job.element);
  if (!job.is_envelope) {
    job.payload_span = {0, job.element.size()};
  } else if (auto reason = read_envelope(job); !reason.empty()) {
    return std::unexpected(
        BadElement{std::move(job.slot), std::move(job.element), "the envelope " + reason});
  }
  if (job.id.empty()) job.id = job.slot;
  return job;
}

std::string context_variable(std::string_view name) {
  std::string variable = "PENSTOCK_CTX_";
  for (const char c : name) {
    if (c == '-' || c == '.') {
      variable += '_';
    } else {
      variable += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return variable;
}

bool is_context_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxContextNameBytes && is_letter(name[0]) &&
         std::ranges::all_of(name, is_name_byte);
}

}  // namespace penstock::job
