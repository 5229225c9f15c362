#include "daemon/config/yaml/scalar_style.hpp"

namespace penstock::config {
namespace {

char at(std::string_view file, std::size_t offset) {
  return offset < file.size() ? file[offset] : '\0';
}

std::size_t or_end(std::string_view file, std::size_t offset) {
  return offset == std::string_view::npos ? file.size() : offset;
}

std::size_t past_property(std::string_view file, std::size_t offset) {
  if (file.substr(offset).starts_with("!<")) {
    return or_end(file, file.find_first_of(">\n", offset));
  }
  return or_end(file, file.find_first_of(" \t\r\n,[]{}", offset + 1));
}

std::size_t past_space(std::string_view file, std::size_t offset) {
  for (;;) {
    offset = or_end(file, file.find_first_not_of(" \t\r\n", offset));
    if (at(file, offset) != '#') return offset;
    offset = or_end(file, file.find('\n', offset));
  }
}

// The quote that closes the one at `open`, if it stands on the same line.
std::optional<std::size_t> closing_quote(std::string_view file, std::size_t open) {
  const char quote = file[open];
  for (std::size_t i = open + 1; i < file.size() && file[i] != '\n'; ++i) {
    if (quote == '"' && file[i] == '\\') {
      if (at(file, ++i) == '\n' || at(file, i) == '\r') return std::nullopt;
    } else if (file[i] == quote) {
      if (quote == '"' || at(file, i + 1) != quote) return i;
      ++i;
    }
  }
  return std::nullopt;
}

}  // namespace

Content content_at(std::string_view file, std::size_t offset) {
  Content content{offset};
  while (at(file, content.offset) == '&' || at(file, content.offset) == '!') {
    content.tagged |= file[content.offset] == '!';
    content.offset = past_space(file, past_property(file, content.offset));
  }
  return content;
}

char follows_key(std::string_view file, std::size_t offset) {
  if (at(file, offset) == '"' || at(file, offset) == '\'') ++offset;
  return at(file, past_space(file, offset));
}

ScalarStyle scalar_style(std::string_view file, std::size_t offset, std::string_view value) {
  const char first = at(file, offset);
  if (first == '|' || first == '>') return {};
  const bool is_quoted = first == '"' || first == '\'';
  if (is_quoted && !closing_quote(file, offset)) return {.one_line = false, .verbatim_at = {}};
  const std::size_t start = is_quoted ? offset + 1 : offset;
  if (file.substr(start, value.size()) == value) return {.one_line = true, .verbatim_at = start};
  return {.one_line = is_quoted, .verbatim_at = {}};
}

}  // namespace penstock::config
