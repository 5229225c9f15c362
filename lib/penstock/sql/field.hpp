// Values as PostgreSQL writes them, and as C++ has them.
//
// Rows come in PostgreSQL's text form, which every type has; a value converts when its text is one
// of the C++ type, whole and in range. So a numeric that is 12 can be an int and a uuid a string,
// and nothing is ever rounded, cut or guessed.
//
//   bool                        boolean
//   integers                    any number without a fraction that fits
//   float, double               any number, NaN and the infinities
//   std::string, string_view    anything; so is a type that is made from a string_view
//   std::vector<std::byte>      bytea
//   sys_time<D>                 timestamptz; timestamp, taken as UTC; date. Rounded down to D;
//                               ±infinity are the ends of D
//   std::vector<T>              arrays of one dimension
//   std::optional<T>            NULL, or T
#pragma once

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::sql {

using Oid = unsigned int;

/// One value of a row.
struct Field {
  std::string_view text = {};
  bool null = false;
  Oid type = 0;                  // of the column, in pg_type
  std::string_view column = {};  // its name
};

namespace detail {

/// Throws ConversionError.
[[noreturn]] void refuse(const Field& field, std::string_view wanted);

bool read_bool(const Field& field);
double read_double(const Field& field);
std::vector<std::byte> read_bytes(const Field& field);

/// Microseconds since 1970; the ends of the type are the infinities.
std::chrono::microseconds read_time(const Field& field);

/// Calls `element` with each element of an array of one dimension.
void read_array(const Field& field, const std::function<void(const Field&)>& element);

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_sys_time = false;
template <class D>
inline constexpr bool is_sys_time<std::chrono::sys_time<D>> = true;

template <std::integral T>
T read_integer(const Field& field) {
  T value{};
  const char* const end = field.text.data() + field.text.size();
  const auto [stop, error] = std::from_chars(field.text.data(), end, value);
  if (error != std::errc() || stop != end) refuse(field, "an integer of its size");
  return value;
}

template <class D>
std::chrono::sys_time<D> read_sys_time(const Field& field) {
  using std::chrono::microseconds;
  const microseconds time = read_time(field);
  if (time == microseconds::max()) return std::chrono::sys_time<D>::max();
  if (time == microseconds::min()) return std::chrono::sys_time<D>::min();
  if constexpr (std::ratio_less_v<typename D::period, std::micro>) {
    if (time > std::chrono::floor<microseconds>(D::max()) ||
        time < std::chrono::ceil<microseconds>(D::min()))
      refuse(field, "a time in the range of its type");
  }
  return std::chrono::sys_time<D>(std::chrono::floor<D>(time));
}

}  // namespace detail

/// Errors: ConversionError, which names the column.
template <class T>
T read(const Field& field) {
  if constexpr (detail::is_optional<T>) {
    if (field.null) return std::nullopt;
    return read<typename T::value_type>(field);
  } else {
    if (field.null) detail::refuse(field, "not NULL");
    if constexpr (std::same_as<T, bool>) {
      return detail::read_bool(field);
    } else if constexpr (std::integral<T>) {
      return detail::read_integer<T>(field);
    } else if constexpr (std::floating_point<T>) {
      return static_cast<T>(detail::read_double(field));
    } else if constexpr (std::same_as<T, std::vector<std::byte>>) {
      return detail::read_bytes(field);
    } else if constexpr (detail::is_sys_time<T>) {
      return detail::read_sys_time<typename T::duration>(field);
    } else if constexpr (detail::is_vector<T>) {
      T all;
      detail::read_array(field, [&](const Field& element) {
        all.push_back(read<typename T::value_type>(element));
      });
      return all;
    } else {
      static_assert(std::constructible_from<T, std::string_view>, "no value can be read as this");
      return T(field.text);
    }
  }
}

}  // namespace penstock::sql
