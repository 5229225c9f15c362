// The fields of a plain struct, without a macro and without a list of them: an aggregate is counted
// by how many initialisers it takes, and taken apart by structured bindings. So a row becomes a
// struct whose fields stand in the order of the columns.
//
// Deliberately absent: structs with bases, with arrays or other aggregates as members, or with more
// than 16 fields. Result::map() takes a function for those.
#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace penstock::sql {

namespace detail {

/// Stands for a field of any type while fields are counted.
template <std::size_t>
struct AnyField {
  template <class T>
  operator T() const;
};

template <class T, class Indices>
inline constexpr bool is_initialised_by = false;
template <class T, std::size_t... I>
inline constexpr bool is_initialised_by<T, std::index_sequence<I...>> =
    requires { T{AnyField<I>{}...}; };

inline constexpr std::size_t kMostFields = 16;

template <class T, std::size_t Count = kMostFields + 1>
consteval std::size_t count_fields() {
  if constexpr (is_initialised_by<T, std::make_index_sequence<Count>>) {
    return Count;
  } else {
    return count_fields<T, Count - 1>();
  }
}

}  // namespace detail

/// A struct that a row can become.
template <class T>
concept Record = std::is_class_v<T> && std::is_aggregate_v<T> &&
                 std::is_default_constructible_v<T> && !std::is_empty_v<T>;

/// A tuple of references to the fields of `record`.
template <Record T>
auto fields_of(T& record) {
  constexpr std::size_t kCount = detail::count_fields<std::remove_const_t<T>>();
  static_assert(kCount <= detail::kMostFields, "too many fields: map the row by a function");
  if constexpr (kCount == 1) {
    auto& [a] = record;
    return std::tie(a);
  } else if constexpr (kCount == 2) {
    auto& [a, b] = record;
    return std::tie(a, b);
  } else if constexpr (kCount == 3) {
    auto& [a, b, c] = record;
    return std::tie(a, b, c);
  } else if constexpr (kCount == 4) {
    auto& [a, b, c, d] = record;
    return std::tie(a, b, c, d);
  } else if constexpr (kCount == 5) {
    auto& [a, b, c, d, e] = record;
    return std::tie(a, b, c, d, e);
  } else if constexpr (kCount == 6) {
    auto& [a, b, c, d, e, f] = record;
    return std::tie(a, b, c, d, e, f);
  } else if constexpr (kCount == 7) {
    auto& [a, b, c, d, e, f, g] = record;
    return std::tie(a, b, c, d, e, f, g);
  } else if constexpr (kCount == 8) {
    auto& [a, b, c, d, e, f, g, h] = record;
    return std::tie(a, b, c, d, e, f, g, h);
  } else if constexpr (kCount == 9) {
    auto& [a, b, c, d, e, f, g, h, i] = record;
    return std::tie(a, b, c, d, e, f, g, h, i);
  } else if constexpr (kCount == 10) {
    auto& [a, b, c, d, e, f, g, h, i, j] = record;
    return std::tie(a, b, c, d, e, f, g, h, i, j);
  } else if constexpr (kCount == 11) {
    auto& [a, b, c, d, e, f, g, h, i, j, k] = record;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k);
  } else if constexpr (kCount == 12) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l] = record;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l);
  } else if constexpr (kCount == 13) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = record;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m);
  } else if constexpr (kCount == 14) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = record;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
  } else if constexpr (kCount == 15) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = record;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o);
  } else if constexpr (kCount == 16) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = record;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
  }
}

}  // namespace penstock::sql
