#include "penstock/job/envelope_compose.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "penstock/job/base64.hpp"
#include "penstock/job/json.hpp"
#include "penstock/job/json_string.hpp"

namespace penstock::job {
namespace {

/// Keys that are written anew; all others are carried on.
constexpr std::array<std::string_view, 8> kRewritten{
    "penstock", "id", "run", "attempt", "crashes", "errors", "payload", "payload_base64"};

constexpr std::size_t kRoomForKeys = 256;  // what a short envelope takes besides its payload

/// What this step adds to the counters.
struct Step {
  std::uint32_t runs = 1;
  std::uint32_t attempts = 0;
  std::uint32_t crashes = 0;
};

void append_key(std::string& out, std::string_view name) {
  out += out.back() == '{' ? "\"" : ",\"";
  out += name;
  out += "\":";
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
  append_key(out, name);
  json::append_quoted(out, text);
}

void append_number(std::string& out, std::string_view name, std::int64_t number) {
  append_key(out, name);
  out += std::to_string(number);
}

void append_count(std::string& out, std::string_view name, std::uint32_t count,
                  std::uint32_t more) {
  append_number(out, name, std::min(count + more, kMaxCount));
}

/// Seconds with as many decimals as they need, three at most.
void append_seconds(std::string& out, std::string_view name, std::chrono::milliseconds time) {
  std::string text = seconds_text(time);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  append_key(out, name);
  out += text;
}

void append_base64(std::string& out, std::string_view payload) {
  append_key(out, "payload_base64");
  out += '"';
  base64::append(out, payload);
  out += '"';
}

bool stands_verbatim(std::string_view payload) {
  const auto value = json::check(payload, json::kMaxDepth - 1);
  return value && value->raw.size() == payload.size();
}

void append_payload(std::string& out, std::string_view payload, bool verbatim) {
  if (!verbatim) return append_base64(out, payload);
  append_key(out, "payload");
  out += payload;
}

/// Room for the payload is made at once: growing by doubling would copy it over and over.
std::string begin(std::string_view id, std::size_t room) {
  std::string out;
  out.reserve(room + kRoomForKeys);
  out = "{";
  append_number(out, "penstock", 1);
  if (!id.empty()) append_text(out, "id", id);
  return out;
}

std::string end(std::string out) {
  out += '}';
  return out;
}

void append_record(std::string& out, const ErrorRecord& error) {
  out += '{';
  append_seconds(out, "at", error.at.time_since_epoch());
  append_number(out, "attempt", error.attempt);
  append_text(out, "kind", error.kind);
  if (error.code) append_number(out, "code", *error.code);
  append_text(out, "message", json::cut(error.message, kMaxMessageBytes));
  if (!error.instance.empty()) append_text(out, "instance", error.instance);
  append_number(out, "ms", error.took.count());
  out += '}';
}

/// The history so far, thinned to make room for `more` entries.
std::vector<json::Value> kept_errors(std::string_view history, std::size_t more) {
  if (history.empty()) return {};
  auto errors = json::elements(history);
  assert(errors && "the history was checked with its envelope");
  const std::size_t room = kMaxErrors - more;
  if (errors->size() > room)
    errors->erase(errors->begin() + 1, errors->end() - static_cast<std::ptrdiff_t>(room - 1));
  return std::move(*errors);
}

void append_errors(std::string& out, std::string_view history, const ErrorRecord* error) {
  const auto kept = kept_errors(history, error != nullptr ? 1 : 0);
  if (kept.empty() && error == nullptr) return;
  append_key(out, "errors");
  char before = '[';
  for (const json::Value& entry : kept) {
    out += std::exchange(before, ',');
    out += entry.raw;
  }
  if (error != nullptr) {
    out += before;
    append_record(out, *error);
  }
  out += ']';
}

bool is_rewritten(const Job& job, std::string_view key) {
  if (json::key_is(key, "enqueued_at")) return !job.enqueued_at;
  return std::ranges::any_of(kRewritten, [&](auto name) { return json::key_is(key, name); });
}

void append_carried(std::string& out, const Job& job) {
  if (!job.is_envelope) return;
  const auto members = json::members(job.element);
  assert(members && "a Job is made of a checked element");
  for (const json::Member& member : *members) {
    if (is_rewritten(job, member.key)) continue;
    append_key(out, member.key);
    out += member.value.raw;
  }
}

std::string compose(const Job& job, Step step, const ErrorRecord* error) {
  std::string out = begin(job.id, job.element.size() / 3 * 4);
  append_count(out, "run", job.runs, step.runs);
  append_count(out, "attempt", job.attempts_used, step.attempts);
  append_count(out, "crashes", job.crashes, step.crashes);
  append_carried(out, job);
  if (const auto first_seen = job.age_from(); first_seen && !job.enqueued_at)
    append_seconds(out, "enqueued_at", first_seen->time_since_epoch());
  append_errors(out, job.errors(), error);
  const bool known_json = job.is_envelope && !job.decoded_payload;
  append_payload(out, job.payload(), known_json || stands_verbatim(job.payload()));
  return end(std::move(out));
}

void append_context(std::string& out, const std::vector<ContextField>& context) {
  if (context.empty()) return;
  append_key(out, "context");
  out += '{';
  for (const ContextField& field : context) append_text(out, field.name, field.value);
  out += '}';
}

void append_options(std::string& out, const NewJob& options) {
  const auto text = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) append_text(out, name, value);
  };
  const auto time = [&](std::string_view name, const std::optional<Time>& value) {
    if (value) append_seconds(out, name, value->time_since_epoch());
  };
  text("type", options.type);
  time("enqueued_at", options.enqueued_at);
  time("expires_at", options.expires_at);
  if (options.timeout) append_seconds(out, "timeout", *options.timeout);
  if (options.attempts) append_number(out, "attempts", *options.attempts);
  text("unique", options.unique);
  text("reply_to", options.reply_to);
  append_context(out, options.context);
}

}  // namespace

std::string compose_retry(const Job& job, const ErrorRecord& error) {
  return compose(job, {.attempts = 1}, &error);
}

std::string compose_snooze(const Job& job, const ErrorRecord& error) {
  return compose(job, {}, &error);
}

std::string compose_return(const Job& job) {
  return compose(job, {}, nullptr);
}

std::string compose_crash(const Job& job, const ErrorRecord& error) {
  return compose(job, {.crashes = job.crashes == 0 ? 1U : 0U}, &error);
}

std::string compose_start(const Job& job) {
  return compose(job, {.runs = 0, .crashes = 1}, nullptr);
}

std::string compose_dead(const Job& job, const ErrorRecord& error) {
  return compose(job, {.attempts = 1}, &error);
}

std::string compose_unrun(const Job& job, const ErrorRecord& error) {
  return compose(job, {.runs = 0}, &error);
}

std::string compose_unreadable(const BadElement& bad, const ErrorRecord& error) {
  std::string out = begin(bad.slot, bad.element.size() / 3 * 4);
  append_errors(out, {}, &error);
  append_base64(out, bad.element);
  return end(std::move(out));
}

std::expected<std::string, std::string> compose_new(const NewJob& options,
                                                    std::string_view payload) {
  std::string out = begin(options.id, payload.size());
  append_options(out, options);
  append_payload(out, payload, stands_verbatim(payload));
  out += '}';
  if (auto job = parse_element(out, options.id); !job) return std::unexpected(job.error().reason);
  return out;
}

}  // namespace penstock::job
