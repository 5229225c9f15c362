// Numbers with their units, as the configuration writes them. Each parser gives the value, or the
// rest of a sentence that begins with the name of the key: what is wrong, and what to write
// instead.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace penstock::config {

template <class T>
using Parsed = std::expected<T, std::string>;

/// `250ms`, `5s`, `1h30m`, `2d`: whole numbers with units from large to small, each at most once.
Parsed<std::chrono::milliseconds> parse_duration(std::string_view text);
/// `512B`, `64KiB`, `10MB`: KiB is 1024, KB is 1000.
Parsed<std::uint64_t> parse_size(std::string_view text);
/// A share of one: `0.2`, or `20%`.
Parsed<double> parse_share(std::string_view text);
/// Decimal digits, with a minus where `-` is meant. Nothing is octal, hexadecimal or separated.
Parsed<std::int64_t> parse_integer(std::string_view text);

/// The shortest way to write it: `1h30m`, `64KiB`.
std::string to_text(std::chrono::milliseconds duration);
std::string to_text_size(std::uint64_t bytes);

}  // namespace penstock::config
