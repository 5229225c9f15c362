#include <algorithm>
#include <array>
#include <cstdint>

#include "penstock/log/escape.hpp"
#include "penstock/log/format.hpp"

// The journal's native protocol: `NAME=value` and a newline, or, for a value with newlines of its
// own, NAME and a newline, its length as 64 bits little-endian, the value and a newline.

namespace penstock::log {

namespace {

constexpr std::string_view kPrefix = "PENSTOCK_";

char priority_of(Level level) noexcept {
  switch (level) {
    case Level::kTrace:
    case Level::kDebug:
      return '7';
    case Level::kInfo:
      return '6';
    case Level::kWarning:
      return '4';
    case Level::kError:
    case Level::kOff:
      break;
  }
  return '3';
}

// Field names are upper case letters, digits and underscores.
void append_name(std::string& out, std::string_view key) {
  out += kPrefix;
  for (const char c : key) {
    const bool lower = c >= 'a' && c <= 'z';
    out += lower ? static_cast<char>(c - 'a' + 'A') : c == '-' || c == '.' ? '_' : c;
  }
}

void append_length(std::string& out, std::uint64_t length) {
  for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>((length >> shift) & 0xff);
}

// Appends what follows a name.
void append_text(std::string& out, std::string_view text, std::size_t limit) {
  const auto [kept, missing] = cut_to(text, limit);
  std::string suffix;
  append_missing(suffix, missing);
  if (kept.contains('\n')) {
    out += '\n';
    append_length(out, kept.size() + suffix.size());
  } else {
    out += '=';
  }
  ((out += kept) += suffix) += '\n';
}

void append_value(std::string& out, Value value) {
  if (value.kind() == Value::Kind::kText) return append_text(out, value.text(), kMaxValueBytes);
  out += '=';
  append_number(out, value);
  out += '\n';
}

struct NativeField {
  std::string_view name;
  std::string_view value;
};

std::uint64_t read_length(std::string_view bytes) noexcept {
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    length |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return length;
}

// Takes the first field off `datagram`, which append_journald made.
NativeField take_field(std::string_view& datagram) noexcept {
  const std::size_t name_end = datagram.find_first_of("=\n");
  const std::string_view name = datagram.substr(0, name_end);
  const bool counted = datagram[name_end] == '\n';
  datagram.remove_prefix(name_end + 1);
  const std::size_t length = counted ? read_length(datagram) : datagram.find('\n');
  if (counted) datagram.remove_prefix(8);
  const std::string_view value = datagram.substr(0, length);
  datagram.remove_prefix(length + 1);
  return {name, value};
}

void append_lower(std::string& out, std::string_view name) {
  for (const char c : name) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

void append_journald(std::string& out, const Line& line) {
  out += "MESSAGE";
  append_text(out, line.message(), kMaxMessageBytes);
  ((out += "PRIORITY=") += priority_of(line.level())) += "\nSYSLOG_IDENTIFIER=penstock\n";
  line.for_each([&out](std::string_view key, Value value) {
    append_name(out, key);
    append_value(out, value);
  });
}

void append_prefixed_text(std::string& out, std::string_view datagram) {
  const std::string_view message = take_field(datagram).value;
  ((out += '<') += take_field(datagram).value) += '>';
  escape_plain(out, message);
  while (!datagram.empty()) {
    const auto [name, value] = take_field(datagram);
    if (!name.starts_with(kPrefix)) continue;
    out += ' ';
    append_lower(out, name.substr(kPrefix.size()));
    out += '=';
    append_logfmt_value(out, value);
  }
  out += '\n';
}

}  // namespace penstock::log
