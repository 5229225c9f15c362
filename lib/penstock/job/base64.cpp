#include "penstock/job/base64.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace penstock::job::base64 {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint32_t kForeign = 64;  // a character outside the alphabet

constexpr auto kSextets = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(kForeign);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  return table;
}();

constexpr std::uint32_t byte_at(std::string_view bytes, std::size_t i) {
  return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0;
}

constexpr std::uint32_t sextet(char c) {
  return kSextets[static_cast<unsigned char>(c)];
}

constexpr char low_byte(std::uint32_t value) {
  return static_cast<char>(value & 0xFF);
}

/// Decodes the last four characters, padding and all. The offset of a character that does not
/// belong, if there is one.
std::optional<std::size_t> decode_tail(std::string& out, std::string_view four) {
  const std::size_t digits = four[3] != '=' ? 4 : four[2] != '=' ? 3 : 2;
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (sextet(four[i]) == kForeign) return i;
    group |= sextet(four[i]) << (18 - 6 * i);
  }
  for (std::size_t i = 0; i + 1 < digits; ++i) out += low_byte(group >> (16 - 8 * i));
  const std::uint32_t unclaimed = group & (0xFFFFFFU >> (8 * (digits - 1)));
  return unclaimed == 0 ? std::nullopt : std::optional(digits - 1);
}

}  // namespace

void append(std::string& out, std::string_view bytes) {
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t group =
        byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2);
    const std::array four{kAlphabet[group >> 18], kAlphabet[group >> 12 & 63],
                          i + 1 < bytes.size() ? kAlphabet[group >> 6 & 63] : '=',
                          i + 2 < bytes.size() ? kAlphabet[group & 63] : '='};
    out.append(four.data(), four.size());
  }
}

std::expected<std::string, std::size_t> decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::unexpected(text.size());
  std::string out;
  out.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const std::uint32_t a = sextet(text[i]), b = sextet(text[i + 1]), c = sextet(text[i + 2]),
                        d = sextet(text[i + 3]);
    if ((a | b | c | d) < kForeign) {
      const std::uint32_t group = a << 18 | b << 12 | c << 6 | d;
      const std::array three{low_byte(group >> 16), low_byte(group >> 8), low_byte(group)};
      out.append(three.data(), three.size());
      continue;
    }
    if (i + 4 == text.size()) {
      if (const auto bad = decode_tail(out, text.substr(i))) return std::unexpected(i + *bad);
    } else {
      while (sextet(text[i]) != kForeign) ++i;
      return std::unexpected(i);
    }
  }
  return out;
}

}  // namespace penstock::job::base64
