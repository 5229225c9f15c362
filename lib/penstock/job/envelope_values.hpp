// The values of an envelope's keys, from JSON to what a Job holds. Each function returns the
// reason, fit to follow the key's name in a sentence, when the value will not do.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/job/envelope.hpp"
#include "penstock/job/json.hpp"

namespace penstock::job::values {

template <class T>
using Read = std::expected<T, std::string>;

/// A string of 1 to `limit` bytes without control characters.
Read<std::string> name(json::Value value, std::size_t limit);

/// A whole number, written without fraction or exponent.
Read<std::uint32_t> count(json::Value value, std::uint32_t least);

/// Unix seconds, from 1970 to 9999.
Read<Time> time(json::Value value);

/// Seconds, more than none and at most a year.
Read<std::chrono::milliseconds> duration(json::Value value);

/// An object of names and strings, numbers or booleans; a `null` field is left out.
Read<std::vector<ContextField>> context(json::Value value);

/// A string of base64, decoded.
Read<std::string> bytes(json::Value value);

}  // namespace penstock::job::values
