#include "penstock/job/envelope_values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "penstock/job/base64.hpp"
#include "penstock/job/json_string.hpp"

namespace penstock::job::values {
namespace {

using json::Kind;
using json::Value;

std::unexpected<std::string> wrong(std::string reason) {
  return std::unexpected(std::move(reason));
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

std::string_view inside_quotes(Value value) {
  return value.raw.substr(1, value.raw.size() - 2);
}

Read<std::string> text(Value value) {
  if (value.kind != Kind::kString) return wrong("must be a string");
  auto meant = json::unescape(inside_quotes(value));
  if (!meant) return wrong("holds half of a surrogate pair");
  return std::move(*meant);
}

Read<std::string> plain_text(Value value, std::size_t limit) {
  auto plain = text(value);
  if (!plain) return plain;
  if (plain->size() > limit) return wrong("is over " + std::to_string(limit) + " bytes");
  if (std::ranges::any_of(*plain, is_control)) return wrong("holds a control character");
  return plain;
}

/// Seconds with a fraction, to the nearest millisecond. Out of range is infinite.
Read<double> milliseconds(Value value) {
  if (value.kind != Kind::kNumber) return wrong("must be a number of seconds");
  double seconds = HUGE_VAL;
  std::from_chars(value.raw.data(), value.raw.data() + value.raw.size(), seconds);
  return std::round(seconds * 1000);
}

Read<std::string> context_value(Value value) {
  switch (value.kind) {
    case Kind::kString:
      return plain_text(value, kMaxContextValueBytes);
    case Kind::kNumber:
    case Kind::kBoolean:
      if (value.raw.size() > kMaxContextValueBytes) return wrong("is a number too long");
      return std::string(value.raw);
    default:
      return wrong("must be a string, a number or a boolean");
  }
}

/// Adds one member of a context; the reason, if it will not do.
std::string add_field(std::vector<ContextField>& fields, const json::Member& member) {
  if (!is_context_name(member.key))
    return "has a name that is not a letter followed by letters, digits, _, - or dots";
  std::string name(member.key);
  const auto same = [&](const ContextField& other) {
    return context_variable(other.name) == context_variable(name);
  };
  if (std::ranges::any_of(fields, same)) return "names \"" + name + "\" twice";
  auto value = context_value(member.value);
  if (!value) return "field \"" + name + "\" " + value.error();
  fields.push_back({std::move(name), std::move(*value)});
  return {};
}

}  // namespace

Read<std::string> name(Value value, std::size_t limit) {
  auto name = plain_text(value, limit);
  if (name && name->empty()) return wrong("is empty");
  return name;
}

Read<std::uint32_t> count(Value value, std::uint32_t least) {
  std::uint32_t number = 0;
  const char* const end = value.raw.data() + value.raw.size();
  const auto [stop, error] = std::from_chars(value.raw.data(), end, number);
  const bool whole = value.kind == Kind::kNumber && error == std::errc() && stop == end;
  if (whole && number >= least && number <= kMaxCount) return number;
  return wrong("must be a whole number from " + std::to_string(least) + " to " +
               std::to_string(kMaxCount));
}

Read<Time> time(Value value) {
  constexpr double kEndOf9999 = 253402300800e3;
  const auto since_epoch = milliseconds(value);
  if (!since_epoch) return wrong(since_epoch.error());
  if (*since_epoch < 0 || *since_epoch >= kEndOf9999)
    return wrong("must be Unix time in seconds, from 1970 to 9999");
  return Time(std::chrono::milliseconds(static_cast<std::int64_t>(*since_epoch)));
}

Read<std::chrono::milliseconds> duration(Value value) {
  constexpr std::chrono::milliseconds kYear = std::chrono::days(366);
  const auto length = milliseconds(value);
  if (!length) return wrong(length.error());
  if (*length < 1 || *length > static_cast<double>(kYear.count()))
    return wrong("must be a number of seconds, more than 0 and at most a year");
  return std::chrono::milliseconds(static_cast<std::int64_t>(*length));
}

Read<std::vector<ContextField>> context(Value value) {
  if (value.kind != Kind::kObject) return wrong("must be an object");
  const auto members = json::members(value.raw, kMaxContextFields);
  if (!members) return wrong("has more than " + std::to_string(kMaxContextFields) + " fields");
  std::vector<ContextField> fields;
  for (const json::Member& member : *members) {
    if (member.value.kind == Kind::kNull) continue;
    if (auto reason = add_field(fields, member); !reason.empty()) return wrong(std::move(reason));
  }
  return fields;
}

Read<std::string> bytes(Value value) {
  const auto encoded = text(value);
  if (!encoded) return wrong(encoded.error());
  auto decoded = base64::decode(*encoded);
  if (!decoded) return wrong("is not base64 at character " + std::to_string(decoded.error()));
  return std::move(*decoded);
}

}  // namespace penstock::job::values
