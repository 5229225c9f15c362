// The schema is tables of keys, each with a reader for its value:
//
//   read_map(at, {{"failures", integer(into.failures, 1, 1000)},
//                 {"reset", duration(into.reset, 1s, 24h)}});
//
// A reader that meets something wrong complains and leaves its target as it was: so defaults are what the target holds
// before, and one pass tells all that is wrong.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/config/schema/scope.hpp"
#include "daemon/config/secret.hpp"

namespace penstock::config {

using Reader = std::function<void(const Scope&)>;

struct Field {
  std::string_view key;
  Reader read;
};

/// Reads each key that the map has; an unknown one is an error with the nearest known. An empty value is an empty map.
void read_map(const Scope& at, std::initializer_list<Field> fields);
/// Calls `read` for each entry of a map whose keys the user chooses.
void for_each_entry(const Scope& at, const std::function<void(const Node::Entry&, const Scope&)>& read);
/// Calls `read` for each item; `expected` says of what the list is. False, and a complaint, if it is none.
bool for_each_item(const Scope& at, std::string_view expected, const Reader& read);

/// A map read by `read`, which calls read_map().
template <class T>
Reader map(void (*read)(const Scope&, T&), T& into) {
  return [read, &into](const Scope& at) { read(at, into); };
}

/// A key of the contract whose feature this version does not have.
Reader not_in_this_version();

namespace detail {
std::optional<std::int64_t> read_integer(const Scope& at, std::int64_t least, std::int64_t most);
std::optional<std::chrono::milliseconds> read_duration(const Scope& at, std::chrono::milliseconds least,
                                                       std::chrono::milliseconds most);
std::optional<std::size_t> read_choice(const Scope& at, const std::vector<std::string_view>& words);
}  // namespace detail

template <std::integral Number>
Reader integer(Number& into, std::type_identity_t<Number> least, std::type_identity_t<Number> most) {
  return [&into, least, most](const Scope& at) {
    const auto value = detail::read_integer(at, static_cast<std::int64_t>(least), static_cast<std::int64_t>(most));
    if (value) into = static_cast<Number>(*value);
  };
}

/// The longest time that any key takes: ten years, which no counter of nanoseconds overflows at.
inline constexpr std::chrono::days kLongestTime{3650};

template <class Target>  // a chrono duration, or an optional of one
Reader duration(Target& into, std::chrono::milliseconds least,
                std::chrono::milliseconds most = kLongestTime) {
  return [&into, least, most](const Scope& at) {
    if (const auto value = detail::read_duration(at, least, most)) into = *value;
  };
}

template <class Target>  // std::uint64_t, or an optional of it
Reader size(Target& into, std::uint64_t least, std::uint64_t most);

}  // namespace penstock::config
