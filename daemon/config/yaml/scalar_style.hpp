// What a scalar looks like in the file. yaml-cpp hands over the finished text only, and that hides
// the mistakes.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace penstock::config {

/// Where a node's own text begins: past `&anchor` and `!tag`, and the white space and comments
/// between.
struct Content {
  std::size_t offset = 0;
  bool tagged = false;
};
Content content_at(std::string_view file, std::size_t offset);

/// What follows a key that ends before `offset`, after its quote, space and comments; NUL at the
/// end of the file. Without a colon, yaml-cpp takes the key for one without a value.
char follows_key(std::string_view file, std::size_t offset);

struct ScalarStyle {
  bool one_line = true;  ///< false: a plain or quoted scalar whose end is not on its own line
  std::optional<std::size_t> verbatim_at;
};
/// `offset` is that of the content, `value` what the reader made of it.
ScalarStyle scalar_style(std::string_view file, std::size_t offset, std::string_view value);

}  // namespace penstock::config
