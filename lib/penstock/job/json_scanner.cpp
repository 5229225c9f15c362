#include "penstock/job/json_scanner.hpp"

#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>

namespace penstock::job::json {
namespace {

constexpr std::uint64_t spread(unsigned char byte) {
  return 0x0101010101010101U * byte;
}
constexpr std::uint64_t kHighBits = spread(0x80);

/// Marks the bytes of `word` below `limit` (at most 128) by their high bit; exact up to the first.
constexpr std::uint64_t below(std::uint64_t word, unsigned char limit) {
  return (word - spread(limit)) & ~word & kHighBits;
}

constexpr bool is_special(char c) {
  return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

/// The first quote, backslash or control character, or `end`: eight bytes at a time, because most
/// of a payload is inside its strings.
const char* skip_plain(const char* at, const char* end) {
  if constexpr (std::endian::native == std::endian::little) {
    for (; end - at >= 8; at += 8) {
      std::uint64_t word;
      std::memcpy(&word, at, sizeof word);
      const std::uint64_t special =
          below(word, 0x20) | below(word ^ spread('"'), 1) | below(word ^ spread('\\'), 1);
      if (special != 0) return at + std::countr_zero(special) / 8;
    }
  }
  while (at < end && !is_special(*at)) ++at;
  return at;
}

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

bool Scanner::value(Value& out) {
  skip_space();
  const char* const start = at_;
  assert(depth_ == 0);
  do {
    if (!enter() || !leave()) return false;
  } while (depth_ > 0);
  out = {kind_of(*start), std::string_view(start, at_)};
  return true;
}

bool Scanner::key(std::string_view& out) {
  skip_space();
  if (!at('"')) return fail("a key in quotes is wanted here");
  const char* const start = at_ + 1;
  if (!string()) return false;
  out = std::string_view(start, at_ - 1);
  return take(':') || fail("a colon is wanted here");
}

bool Scanner::take(char c) {
  skip_space();
  if (!at(c)) return false;
  ++at_;
  return true;
}

bool Scanner::end() {
  skip_space();
  return at_ == end_ || fail("something follows the value");
}

bool Scanner::enter() {
  for (;;) {
    skip_space();
    if (at('{')) {
      if (!open(true)) return false;
      if (take('}')) return close();
      std::string_view ignored;
      if (!key(ignored)) return false;
    } else if (at('[')) {
      if (!open(false)) return false;
      if (take(']')) return close();
    } else {
      return scalar();
    }
  }
}

bool Scanner::leave() {
  while (depth_ > 0) {
    const bool object = objects_[depth_ - 1];
    if (take(',')) {
      std::string_view ignored;
      return !object || key(ignored);
    }
    if (!take(object ? '}' : ']')) return fail("a comma or a closing bracket is wanted here");
    close();
  }
  return true;
}

bool Scanner::open(bool object) {
  if (depth_ == max_depth_) return fail("nested too deeply");
  objects_[depth_++] = object;
  return skip(1);
}

bool Scanner::scalar() {
  if (at_ == end_) return fail("a value is wanted here, but the text ends");
  switch (*at_) {
    case '"':
      return string();
    case 't':
      return word("true");
    case 'f':
      return word("false");
    case 'n':
      return word("null");
    default:
      return number();
  }
}

bool Scanner::string() {
  ++at_;
  for (;;) {
    at_ = skip_plain(at_, end_);
    if (at_ == end_) return fail("a string is not closed");
    if (*at_ == '"') return skip(1);
    if (*at_ != '\\') return fail("a control character in a string must be escaped");
    if (!escape()) return false;
  }
}

bool Scanner::escape() {
  constexpr std::string_view kSimple = "\"\\/bfnrt";
  if (end_ - at_ < 2) return fail("a string is not closed");
  if (kSimple.find(at_[1]) != std::string_view::npos) return skip(2);
  if (at_[1] != 'u' || end_ - at_ < 6) return fail("no such escape");
  for (int i = 2; i < 6; ++i)
    if (!is_hex(at_[i])) return fail("\\u wants four hexadecimal digits");
  return skip(6);
}

bool Scanner::number() {
  if (at('-')) ++at_;
  if (at('0')) {
    ++at_;
  } else if (!digits()) {
    return fail("a value is wanted here");
  }
  if (at('.') && skip(1) && !digits()) return fail("a digit is wanted here");
  if (!at('e') && !at('E')) return true;
  ++at_;
  if (at('+') || at('-')) ++at_;
  return digits() || fail("a digit is wanted here");
}

bool Scanner::digits() {
  const char* const start = at_;
  while (at_ < end_ && is_digit(*at_)) ++at_;
  return at_ != start;
}

bool Scanner::word(std::string_view expected) {
  if (!std::string_view(at_, end_).starts_with(expected)) return fail("a value is wanted here");
  return skip(static_cast<std::ptrdiff_t>(expected.size()));
}

void Scanner::skip_space() {
  while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
}

Kind Scanner::kind_of(char first) {
  switch (first) {
    case '{':
      return Kind::kObject;
    case '[':
      return Kind::kArray;
    case '"':
      return Kind::kString;
    case 't':
    case 'f':
      return Kind::kBoolean;
    case 'n':
      return Kind::kNull;
    default:
      return Kind::kNumber;
  }
}

}  // namespace penstock::job::json
