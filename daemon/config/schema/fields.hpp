// The schema is tables of keys, each with a reader for its value:
//
//   read_map(at, {{"failures", integer(into.failures, 0, 1000)},
//                 {"reset", duration(into.reset, 100ms)}});
//
// A reader that meets something wrong complains and leaves its target as it was. So a target's
// values before are the defaults, maps of a queue go over those of `defaults` key by key, and one
// pass tells all that is wrong.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

#include "daemon/config/schema/scope.hpp"
#include "daemon/config/schema/values.hpp"

namespace penstock::config {

using Reader = std::function<void(const Scope&)>;

struct Field {
  std::string_view key;
  Reader read;
  bool offered = true;  ///< among the known keys that a message lists
};

/// Reads what the map has; an unknown key is an error with the nearest known. Nothing at all is an
/// empty map.
void read_map(const Scope& at, std::initializer_list<Field> fields);

/// Calls `read` for each entry of a map whose keys are the user's to choose.
void for_each_entry(const Scope& at, const Reader& read);

/// Calls `read` for each item. `expected` says what the list is of, when it is none.
void for_each_item(const Scope& at, std::string_view expected, const Reader& read);

/// A key whose feature this version lacks: never silently ignored.
Field not_in_this_version(std::string_view key);

/// A key that stands under `place` and was written one level too high.
Field misplaced(std::string_view key, std::string_view place);

/// For a value that a function of its own reads.
template <class T>
Reader value(void (*read)(const Scope&, T&), T& into) {
  return [read, &into](const Scope& at) { read(at, into); };
}

template <class T>
struct NumberIn {
  using Type = T;
};
template <class T>
struct NumberIn<std::optional<T>> {
  using Type = T;
};

/// Into a number or an optional of one.
template <class Target>
Reader integer(Target& into, std::int64_t least, std::int64_t most) {
  return [&into, least, most](const Scope& at) {
    const auto value = as_integer(at, least, most);
    if (value) into = static_cast<NumberIn<Target>::Type>(*value);
  };
}

/// Into any chrono duration; a coarser one loses the rest.
template <class Duration>
Reader duration(Duration& into, std::chrono::milliseconds least,
                std::chrono::milliseconds most = kLongestTime) {
  return [&into, least, most](const Scope& at) {
    if (const auto value = as_duration(at, least, most))
      into = std::chrono::duration_cast<Duration>(*value);
  };
}

/// Into a std::uint64_t or an optional of one.
template <class Size>
Reader size(Size& into, std::uint64_t least, std::uint64_t most) {
  return [&into, least, most](const Scope& at) {
    if (const auto value = as_size(at, least, most)) into = std::uint64_t{*value};
  };
}

/// The words that a key takes, and what each means.
template <class Enum, std::size_t N>
using Words = std::array<std::pair<std::string_view, Enum>, N>;

/// Each value by the word that its to_string() gives.
template <class Enum, std::size_t N>
Words<Enum, N> words_of(const std::array<Enum, N>& values) {
  Words<Enum, N> words;
  std::ranges::transform(values, words.begin(),
                         [](Enum value) { return std::pair(to_string(value), value); });
  return words;
}

/// Into an Enum or an optional of one.
template <class Target, class Enum, std::size_t N>
Reader choice(Target& into, const Words<Enum, N>& words) {
  return [&into, words](const Scope& at) {
    std::array<std::string_view, N> known;
    std::ranges::transform(words, known.begin(), &Words<Enum, N>::value_type::first);
    if (const auto index = as_word(at, known)) into = words[*index].second;
  };
}

Reader share(double& into);
Reader string(std::string& into);

}  // namespace penstock::config
