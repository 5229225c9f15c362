// Base64 as RFC 4648 §4 has it: the standard alphabet, padded, no line breaks.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace penstock::job::base64 {

/// Appends the encoding of `bytes` to `out`.
void append(std::string& out, std::string_view bytes);

/// The bytes that `text` stands for.
/// Errors: the offset of the first character that does not belong; a text cut short fails at its
/// end. Strict, so that one payload has one spelling: padding is required, and bits that no byte
/// claims must be zero.
std::expected<std::string, std::size_t> decode(std::string_view text);

}  // namespace penstock::job::base64
