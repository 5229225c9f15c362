#include "daemon/config/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "daemon/config/diagnostic.hpp"

namespace penstock::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// From large to small, which is the order in which a duration is written.
constexpr std::array kTimes = {Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000},
                               Unit{"s", 1000}, Unit{"ms", 1}};

constexpr std::array kSizes = {Unit{"TiB", 1ULL << 40U},
                               Unit{"TB", 1'000'000'000'000},
                               Unit{"GiB", 1ULL << 30U},
                               Unit{"GB", 1'000'000'000},
                               Unit{"MiB", 1ULL << 20U},
                               Unit{"MB", 1'000'000},
                               Unit{"KiB", 1ULL << 10U},
                               Unit{"KB", 1000},
                               Unit{"B", 1}};

constexpr std::uint64_t kLargest = INT64_MAX;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

// The digits that `text` begins with, taken off it; nothing if there are none or too many.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::string_view take_unit(std::string_view& text) {
  const auto end = static_cast<std::size_t>(std::ranges::find_if(text, is_digit) - text.begin());
  const std::string_view unit = text.substr(0, end);
  text.remove_prefix(end);
  return unit;
}

// sum + count * factor, or nothing if that is beyond what a signed 64-bit number holds.
std::optional<std::uint64_t> add(std::uint64_t sum, std::uint64_t count, std::uint64_t factor) {
  if (count > (kLargest - sum) / factor) return std::nullopt;
  return sum + count * factor;
}

std::unexpected<std::string> no_duration(std::string_view text) {
  if (all_digits(text)) {
    return std::unexpected(
        fmt::format("a duration needs its unit: write {}s (or ms, m, h, d)", text));
  }
  return std::unexpected(fmt::format(
      "{} is not a duration: write whole numbers with units, as in 250ms, 5s, 1h30m, 2d",
      shown(text)));
}

std::unexpected<std::string> no_size(std::string_view text) {
  if (all_digits(text)) {
    return std::unexpected(
        fmt::format("a size needs its unit: write {}B (or KiB, MiB, GiB)", text));
  }
  return std::unexpected(fmt::format(
      "{} is not a size: write a whole number and its unit, as in 512B, 64KiB, 10MB", shown(text)));
}

std::unexpected<std::string> too_large(std::string_view text) {
  return std::unexpected(fmt::format("{} is larger than can be counted", shown(text)));
}

bool leading_zero(std::string_view digits) {
  return digits.size() > 1 && digits.front() == '0';
}

}  // namespace

Parsed<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::uint64_t sum = 0;
  const auto* next = kTimes.begin();
  std::string_view rest = text;
  do {
    if (rest.empty() || !is_digit(rest.front())) return no_duration(text);
    const auto count = take_number(rest);
    if (!count) return too_large(text);
    const std::string_view name = take_unit(rest);
    const auto* unit =
        std::find_if(next, kTimes.end(), [&](const Unit& u) { return u.name == name; });
    if (unit == kTimes.end()) return no_duration(text);
    const auto total = add(sum, *count, unit->factor);
    if (!total) return too_large(text);
    sum = *total;
    next = unit + 1;
  } while (!rest.empty());
  return std::chrono::milliseconds(static_cast<std::int64_t>(sum));
}

Parsed<std::uint64_t> parse_size(std::string_view text) {
  std::string_view rest = text;
  if (rest.empty() || !is_digit(rest.front())) return no_size(text);
  const auto count = take_number(rest);
  if (!count) return too_large(text);
  const auto* unit = std::ranges::find(kSizes, rest, &Unit::name);
  if (unit == kSizes.end()) return no_size(text);
  const auto bytes = add(0, *count, unit->factor);
  if (!bytes) return too_large(text);
  return *bytes;
}

Parsed<double> parse_share(std::string_view text) {
  const bool percent = text.ends_with('%');
  const std::string_view digits = text.substr(0, text.size() - (percent ? 1 : 0));
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value,
                                            std::chars_format::fixed);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (percent) value /= 100;
  // A comparison that NaN fails, too.
  if (!whole || !(value >= 0 && value <= 1)) {
    return std::unexpected(
        fmt::format("{} is not a share: write 0 to 1, as in 0.2, or 20%", shown(text)));
  }
  return value;
}

Parsed<std::int64_t> parse_integer(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (all_digits(digits) && leading_zero(digits)) {
    return std::unexpected(fmt::format(
        "{} could be meant as octal: write decimal digits without a leading 0", shown(text)));
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return too_large(text);
  if (!all_digits(digits) || error != std::errc() || end != text.data() + text.size()) {
    return std::unexpected(
        fmt::format("{} is not a whole number: write decimal digits", shown(text)));
  }
  return value;
}

std::string to_text(std::chrono::milliseconds duration) {
  auto rest = static_cast<std::uint64_t>(duration.count());
  std::string out;
  for (const Unit& unit : kTimes) {
    if (rest >= unit.factor) out += fmt::format("{}{}", rest / unit.factor, unit.name);
    rest %= unit.factor;
  }
  return out.empty() ? "0s" : out;
}

std::string to_text_size(std::uint64_t bytes) {
  for (const Unit& unit : kSizes) {
    if (bytes >= unit.factor && bytes % unit.factor == 0) {
      return fmt::format("{}{}", bytes / unit.factor, unit.name);
    }
  }
  return "0B";
}

}  // namespace penstock::config
