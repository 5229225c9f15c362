#include "penstock/job/json_string.hpp"

#include <simdjson.h>

#include <array>
#include <cassert>
#include <charconv>
#include <cstdint>

namespace penstock::job::json {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

constexpr bool is_high_surrogate(std::uint32_t unit) {
  return unit >> 10 == 0xD800 >> 10;
}
constexpr bool is_low_surrogate(std::uint32_t unit) {
  return unit >> 10 == 0xDC00 >> 10;
}

/// The code unit of the escape \uXXXX at the head of `text`; 0x110000, which is none, if there is
/// no such escape.
std::uint32_t code_unit(std::string_view text) {
  constexpr std::uint32_t kNone = 0x110000;
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return kNone;
  std::uint32_t unit = kNone;
  std::from_chars(text.data() + 2, text.data() + 6, unit, 16);
  return unit;
}

char low_bits(std::uint32_t point, unsigned shift) {
  return static_cast<char>(0x80 | (point >> shift & 0x3F));
}

void append_utf8(std::string& out, std::uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | point >> 6);
    out += low_bits(point, 0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | point >> 12);
    out += low_bits(point, 6);
    out += low_bits(point, 0);
  } else {
    out += static_cast<char>(0xF0 | point >> 18);
    out += low_bits(point, 12);
    out += low_bits(point, 6);
    out += low_bits(point, 0);
  }
}

/// Reads the \u escape at the head of `rest`, or both halves of a pair, and cuts it off.
bool append_unicode(std::string& out, std::string_view& rest) {
  std::uint32_t point = code_unit(rest);
  if (is_low_surrogate(point)) return false;
  rest.remove_prefix(6);
  if (is_high_surrogate(point)) {
    const std::uint32_t second = code_unit(rest);
    if (!is_low_surrogate(second)) return false;
    rest.remove_prefix(6);
    point = 0x10000 + ((point & 0x3FF) << 10 | (second & 0x3FF));
  }
  append_utf8(out, point);
  return true;
}

char simple_escape(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;  // quote, backslash, slash
  }
}

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += byte < 0x20 ? "\\u00" : "\\\\x";  // a control character, or a byte that is not UTF-8
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 15];
}

bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

}  // namespace

std::expected<std::string, Error> unescape(std::string_view inner) {
  std::string out;
  out.reserve(inner.size());
  std::string_view rest = inner;
  for (;;) {
    const std::size_t escape = std::min(rest.find('\\'), rest.size());
    out += rest.substr(0, escape);
    rest.remove_prefix(escape);
    if (rest.empty()) return out;
    assert(rest.size() >= 2 && "an unchecked string");
    if (rest[1] != 'u') {
      out += simple_escape(rest[1]);
      rest.remove_prefix(2);
    } else if (const auto at = inner.size() - rest.size(); !append_unicode(out, rest)) {
      return std::unexpected(Error{at, "half of a surrogate pair"});
    }
  }
}

void append_quoted(std::string& out, std::string_view bytes) {
  out.reserve(out.size() + bytes.size() + 2);
  out += '"';
  const bool utf8 = is_utf8(bytes);
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t length = utf8 ? 1 : utf8_length(bytes.substr(i));
    if (length > 0 && is_plain(bytes[i])) {
      out.append(bytes, i, length);
    } else {
      append_escaped(out, bytes[i]);
    }
    i += std::max<std::size_t>(length, 1);
  }
  out += '"';
}

std::size_t utf8_length(std::string_view bytes) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(bytes.size(), 4); ++length)
    if (is_utf8(bytes.substr(0, length))) return length;
  return 0;
}

bool is_utf8(std::string_view bytes) {
  return simdjson::validate_utf8(bytes.data(), bytes.size());
}

std::string_view cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  constexpr auto is_continuation = [](char c) { return (static_cast<unsigned char>(c) >> 6) == 2; };
  std::size_t end = limit;
  for (int back = 0; back < 3 && end > 0 && is_continuation(text[end]); ++back) --end;
  return text.substr(0, end);
}

}  // namespace penstock::job::json
