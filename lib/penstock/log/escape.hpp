// Untrusted bytes as text that stays inside its line.
//
// What could end a line, hide it, or steer a terminal is written as an escape: control characters
// (newline, ESC, DEL), the C1 controls, U+2028 and U+2029, the marks that turn the direction of
// text, and bytes that are not UTF-8. All else passes through as it is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace penstock::log {

/// Longer values are cut; a payload does not belong in a log line.
inline constexpr std::size_t kMaxValueBytes = 2048;
/// Messages may be longer: a handler's line of output is one.
inline constexpr std::size_t kMaxMessageBytes = 8192;

/// A text that was cut to a limit, at the boundary of a character.
struct Cut {
  std::string_view kept;
  std::size_t missing;  // bytes
};
Cut cut_to(std::string_view text, std::size_t limit) noexcept;

/// Appends `…(+n)` if bytes are missing.
void append_missing(std::string& out, std::size_t missing);

/// Appends `text`, escaped as `\n`, `\x1b`, `\u2028`, `\xff`.
void escape_plain(std::string& out, std::string_view text);
/// The same, and `\"` and `\\`.
void escape_quoted(std::string& out, std::string_view text);
/// As JSON has it; a byte that is not UTF-8 becomes the four characters `\xff`. Without the
/// surrounding quotes, like the others.
void escape_json(std::string& out, std::string_view text);

}  // namespace penstock::log
