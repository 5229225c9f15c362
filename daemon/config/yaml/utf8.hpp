// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace penstock::config {

struct Character {
  char32_t code = 0;
  std::size_t bytes = 0;  ///< 0: no valid character starts here
};

/// The character that `text` begins with.
Character first_character(std::string_view text) noexcept;

/// How many bytes from the beginning are valid; text.size() when all are.
std::size_t valid_utf8_prefix(std::string_view text) noexcept;

}  // namespace penstock::config
