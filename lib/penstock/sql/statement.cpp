#include "penstock/sql/statement.hpp"

#include <bit>
#include <cstring>

namespace penstock::sql {
namespace {

/// PostgreSQL counts from here.
constexpr std::chrono::sys_days kEpoch =
    std::chrono::year(2000) / std::chrono::January / std::chrono::day(1);

template <std::integral T>
std::string big_endian(T value) {
  if constexpr (std::endian::native == std::endian::little) value = std::byteswap(value);
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

}  // namespace

Parameters::Value Parameters::text_value(std::string_view text) {
  if (text.contains('\0')) throw std::invalid_argument("a text with a zero byte");
  return {.bytes = std::string(text), .type = detail::kAny};
}

Parameters::Value Parameters::encode(std::span<const std::byte> bytes) {
  return {.bytes = {reinterpret_cast<const char*>(bytes.data()), bytes.size()},
          .type = detail::kBytea,
          .binary = true};
}

Parameters::Value Parameters::encode(std::chrono::sys_days day) {
  return {.bytes = big_endian(static_cast<std::int32_t>((day - kEpoch).count())),
          .type = detail::kDate,
          .binary = true};
}

Parameters::Value Parameters::timestamp(std::chrono::microseconds since_1970) {
  constexpr std::chrono::microseconds kShift = kEpoch.time_since_epoch();
  std::int64_t count = since_1970.count();
  if (since_1970 != std::chrono::microseconds::max() &&
      since_1970 != std::chrono::microseconds::min()) {
    if (since_1970 < std::chrono::microseconds::min() + kShift)
      throw std::out_of_range("a time before PostgreSQL's first");
    count -= kShift.count();
  }
  return {.bytes = big_endian(count), .type = detail::kTimestamptz, .binary = true};
}

void Parameters::append_element(std::string& text, const Value& element) {
  if (!text.empty()) text += ',';
  if (element.null) {
    text += "NULL";
    return;
  }
  text += '"';
  for (const char character : element.bytes) {
    if (character == '"' || character == '\\') text += '\\';
    text += character;
  }
  text += '"';
}

}  // namespace penstock::sql
