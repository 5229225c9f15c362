// One value of the file as one type. Each gives the value, or complains and gives nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/config/schema/scope.hpp"
#include "penstock/job/template.hpp"

namespace penstock::config {

/// Longer than any path, key or name that works elsewhere.
inline constexpr std::size_t kLongestString = 4096;
/// What Linux takes as one argument or environment entry (MAX_ARG_STRLEN), its NUL counted.
inline constexpr std::size_t kLongestArgument = 131'071;
/// Ten years: nothing waits longer, and nanoseconds do not overflow.
inline constexpr std::chrono::milliseconds kLongestTime = std::chrono::days(3650);

std::optional<std::int64_t> as_integer(const Scope& at, std::int64_t least, std::int64_t most);
std::optional<std::chrono::milliseconds> as_duration(const Scope& at,
                                                     std::chrono::milliseconds least,
                                                     std::chrono::milliseconds most = kLongestTime);
std::optional<std::uint64_t> as_size(const Scope& at, std::uint64_t least, std::uint64_t most);
std::optional<double> as_share(const Scope& at);
/// Any text that is not empty and holds no control character.
std::optional<std::string> as_string(const Scope& at);
/// An absolute path.
std::optional<std::string> as_path(const Scope& at);
/// Any text, empty allowed.
std::optional<job::Template> as_template(const Scope& at);
/// The index of the word that stands there.
std::optional<std::size_t> as_word(const Scope& at, std::span<const std::string_view> words);

}  // namespace penstock::config
