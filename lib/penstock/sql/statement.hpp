// Statement: SQL with the values that stand for $1, $2 …
//
// Values travel beside the SQL and never in it, so nothing that is in a value can become SQL. What
// each is sent as follows from its C++ type:
//
//   bool, int16_t … int64_t, float, double   boolean, int2 … int8, float4, float8
//   smaller and unsigned integers            the next signed type that holds them all; int8 for
//                                            uint64_t, if the value fits
//   text: std::string, string_view, "…"      what the server makes of it: text, uuid, jsonb, an
//   enum std::span<const std::byte>, vector of it bytea sys_time<D>, sys_days timestamptz, date
//   std::vector<T>                           an array of these
//   std::optional<T>, std::nullopt           the same or NULL, NULL
//
// A number that the server takes for too wide a type is cast in the SQL: `repeat($1, $2::int4)`.
#pragma once

#include <cassert>
#include <charconv>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "penstock/sql/types.hpp"

namespace penstock::sql {

/// The values of a statement, by value.
class Parameters {
 public:
  struct Value {
    std::string bytes = {};
    detail::Type type = {};
    bool null = false;
    bool binary = false;
  };

  Parameters() = default;
  template <class... Args>
  explicit Parameters(std::in_place_t, const Args&... arguments) {
    values_.reserve(sizeof...(Args));
    (add(arguments), ...);
  }

  /// The next one. Errors: std::out_of_range for a number or a time that no type of PostgreSQL's
  /// holds, std::invalid_argument for a text with a zero byte, which none holds either.
  template <class T>
  void add(const T& argument) {
    values_.push_back(encode(argument));
  }

  const std::vector<Value>& values() const noexcept { return values_; }
  std::size_t size() const noexcept { return values_.size(); }

 private:
  static Value encode(std::nullopt_t) { return {.null = true}; }
  static Value encode(bool value) { return {value ? "t" : "f", detail::kBool}; }
  template <std::integral T>
  static Value encode(T value) {
    if (std::cmp_greater(value, std::numeric_limits<std::int64_t>::max()))
      throw std::out_of_range("a number beyond PostgreSQL's int8");
    return {std::to_string(value), integer_type<T>()};
  }
  template <std::floating_point T>
  static Value encode(T value) {
    return {number(value), sizeof(T) == sizeof(float) ? detail::kFloat4 : detail::kFloat8};
  }
  template <std::convertible_to<std::string_view> T>
  static Value encode(const T& text) {
    return text_value(text);
  }
  static Value encode(std::span<const std::byte> bytes);
  template <class D>
  static Value encode(std::chrono::sys_time<D> time) {
    using std::chrono::microseconds;
    // The ends stand for the infinities, as when they are read.
    if (time == std::chrono::sys_time<D>::max()) return timestamp(microseconds::max());
    if (time == std::chrono::sys_time<D>::min()) return timestamp(microseconds::min());
    return timestamp(std::chrono::floor<microseconds>(time.time_since_epoch()));
  }
  static Value encode(std::chrono::sys_days day);
  template <class T>
  static Value encode(const std::optional<T>& value) {
    if (value) return encode(*value);
    Value null = encode(T{});
    null.bytes.clear();
    null.null = true;
    return null;
  }
  template <class T>
  static Value encode(const std::vector<T>& elements) {
    if constexpr (std::same_as<T, std::byte>) {
      return encode(std::span<const std::byte>(elements));
    } else {
      static_assert(!detail::is_vector<T> && !detail::is_sys_time<T>,
                    "arrays have one dimension, and are not of times or of bytes");
      std::string text;
      for (const T& element : elements) append_element(text, encode(element));
      const detail::Type type = encode(T{}).type;
      return {"{" + text + "}", {type.array, 0}};
    }
  }

  static Value text_value(std::string_view text);
  static void append_element(std::string& text, const Value& element);
  static Value timestamp(std::chrono::microseconds since_1970);

  template <std::integral T>
  static constexpr detail::Type integer_type() noexcept {
    if constexpr (sizeof(T) < 2 || (sizeof(T) == 2 && std::signed_integral<T>)) {
      return detail::kInt2;
    } else if constexpr (sizeof(T) < 4 || (sizeof(T) == 4 && std::signed_integral<T>)) {
      return detail::kInt4;
    } else {
      return detail::kInt8;
    }
  }

  template <std::floating_point T>
  static std::string number(T value) {
    char digits[64];
    const auto [end, error] = std::to_chars(std::begin(digits), std::end(digits), value);
    return {digits, end};
  }

  std::vector<Value> values_;
};

struct Statement {
  std::string text;
  Parameters parameters = {};
  /// Worth preparing, since the same text will come again.
  bool recurring = true;
};

/// One statement for many rows: `head` ends where the rows go, `tail` follows them.
///
///   insert_rows("insert into users (name, age) values", rows, "returning id")
///
/// Each row is a tuple, one element for each column. REQUIRES: at least one row. Errors:
/// std::length_error for more than the 65,535 values that a statement may have.
template <class... Ts>
Statement insert_rows(std::string_view head, const std::vector<std::tuple<Ts...>>& rows,
                      std::string_view tail = "") {
  assert(!rows.empty() && "no rows to insert");
  if (rows.size() * sizeof...(Ts) > 65535) throw std::length_error("too many values");
  Statement statement{.text = std::string(head), .recurring = false};
  std::size_t number = 0;
  for (const std::tuple<Ts...>& row : rows) {
    statement.text += number == 0 ? " (" : ", (";
    for (std::size_t column = 0; column < sizeof...(Ts); ++column)
      statement.text += (column == 0 ? "$" : ", $") + std::to_string(++number);
    statement.text += ")";
    std::apply([&](const Ts&... value) { (statement.parameters.add(value), ...); }, row);
  }
  if (!tail.empty()) statement.text += " " + std::string(tail);
  return statement;
}

}  // namespace penstock::sql
