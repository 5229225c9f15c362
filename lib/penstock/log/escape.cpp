#include "penstock/log/escape.hpp"

#include <array>
#include <charconv>
#include <cstdint>

namespace penstock::log {

namespace {

enum class Byte : std::uint8_t { kPlain, kQuote, kControl, kWide };

constexpr auto kBytes = [] {
  std::array<Byte, 256> kinds{};
  for (std::size_t c = 0; c < 0x20; ++c) kinds[c] = Byte::kControl;
  kinds[0x7f] = Byte::kControl;
  kinds['"'] = kinds['\\'] = Byte::kQuote;
  for (std::size_t c = 0x80; c < 0x100; ++c) kinds[c] = Byte::kWide;
  return kinds;
}();

constexpr std::string_view kHex = "0123456789abcdef";

void append_hex(std::string& out, std::string_view prefix, unsigned code, unsigned digits) {
  out += prefix;
  while (digits-- > 0) out += kHex[(code >> (4 * digits)) & 0xf];
}

bool continues(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

struct Character {
  char32_t code;
  std::size_t bytes;  // 0: not UTF-8
};

std::size_t sequence_length(unsigned char lead) noexcept {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

bool is_scalar(char32_t code, std::size_t bytes) noexcept {
  if (bytes == 3) return code >= 0x800 && (code < 0xd800 || code > 0xdfff);
  return bytes == 2 || (code >= 0x10000 && code <= 0x10ffff);
}

// The first character of `text`, which begins with a byte beyond ASCII.
Character decode(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t bytes = sequence_length(lead);
  if (bytes == 0 || bytes > text.size()) return {0, 0};
  char32_t code = lead & (0x7fU >> bytes);
  for (const char c : text.substr(1, bytes - 1)) {
    if (!continues(c)) return {0, 0};
    code = (code << 6) | (static_cast<unsigned char>(c) & 0x3fU);
  }
  return is_scalar(code, bytes) ? Character{code, bytes} : Character{0, 0};
}

// C1 controls; line and paragraph separators; marks that reorder text (UAX 9).
bool misleads(char32_t code) noexcept {
  return code < 0xa0 || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
         code == 0x200e || code == 0x200f || code == 0x061c;
}

struct Plain {
  static void quote(std::string& out, char c) { out += c; }
  static void control(std::string& out, unsigned char c) { append_hex(out, "\\x", c, 2); }
  static void invalid(std::string& out, unsigned char c) { append_hex(out, "\\x", c, 2); }
};

struct Quoted : Plain {
  static void quote(std::string& out, char c) { (out += '\\') += c; }
};

struct Json : Quoted {
  static void control(std::string& out, unsigned char c) { append_hex(out, "\\u", c, 4); }
  static void invalid(std::string& out, unsigned char c) { append_hex(out, "\\\\x", c, 2); }
};

template <class Style>
void append_control(std::string& out, char c) {
  switch (c) {
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
      Style::control(out, static_cast<unsigned char>(c));
  }
}

// Appends the character that `text` begins with, escaped; returns its length.
template <class Style>
std::size_t append_special(std::string& out, std::string_view text, Byte kind) {
  if (kind == Byte::kQuote) {
    Style::quote(out, text[0]);
  } else if (kind == Byte::kControl) {
    append_control<Style>(out, text[0]);
  } else if (const Character wide = decode(text); wide.bytes == 0) {
    Style::invalid(out, static_cast<unsigned char>(text[0]));
  } else {
    if (misleads(wide.code)) {
      append_hex(out, "\\u", static_cast<unsigned>(wide.code), 4);
    } else {
      out += text.substr(0, wide.bytes);
    }
    return wide.bytes;
  }
  return 1;
}

template <class Style>
void append_escaped(std::string& out, std::string_view text) {
  std::size_t plain = 0;  // where the run of bytes that need nothing began
  for (std::size_t i = 0; i < text.size();) {
    const Byte kind = kBytes[static_cast<unsigned char>(text[i])];
    if (kind == Byte::kPlain) {
      ++i;
      continue;
    }
    out.append(text, plain, i - plain);
    i += append_special<Style>(out, text.substr(i), kind);
    plain = i;
  }
  out.append(text, plain);
}

}  // namespace

Cut cut_to(std::string_view text, std::size_t limit) noexcept {
  if (text.size() <= limit) return {text, 0};
  std::size_t end = limit;
  while (end > limit - 3 && continues(text[end])) --end;
  return {text.substr(0, end), text.size() - end};
}

void append_missing(std::string& out, std::size_t missing) {
  if (missing == 0) return;
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), missing).ptr;
  ((out += "…(+").append(digits.data(), end)) += ')';
}

void escape_plain(std::string& out, std::string_view text) {
  append_escaped<Plain>(out, text);
}

void escape_quoted(std::string& out, std::string_view text) {
  append_escaped<Quoted>(out, text);
}

void escape_json(std::string& out, std::string_view text) {
  append_escaped<Json>(out, text);
}

}  // namespace penstock::log
