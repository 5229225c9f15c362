// JSON strings in both directions, and the UTF-8 they are made of.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "penstock/job/json.hpp"

namespace penstock::job::json {

/// The bytes that a string means. `inner` is what stands between its quotes.
/// REQUIRES: `inner` was checked. Errors: an escape that is half of a surrogate pair has no bytes.
std::expected<std::string, Error> unescape(std::string_view inner);

/// Appends `bytes` as a JSON string, quotes included: always valid, whatever the bytes. A byte that
/// is not part of UTF-8 is written as the four characters \xHH.
void append_quoted(std::string& out, std::string_view bytes);

/// The length of the UTF-8 sequence at the head of `bytes`, 1 to 4; 0 if there is none.
std::size_t utf8_length(std::string_view bytes);

/// Whether all of `bytes` is UTF-8.
bool is_utf8(std::string_view bytes);

/// At most `limit` bytes from the head of `text`, never ending within a UTF-8 sequence.
std::string_view cut(std::string_view text, std::size_t limit);

}  // namespace penstock::job::json
