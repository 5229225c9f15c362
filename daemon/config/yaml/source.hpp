// The text of a configuration file, and what is refused before any YAML reader sees it.
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/diagnostic.hpp"

namespace penstock::config {

/// Larger than any configuration a person wrote, small enough that nothing in it can take long to
/// read.
inline constexpr std::size_t kLargestFile = std::size_t{1} << 20U;

class Source {
 public:
  /// A byte order mark at the beginning is dropped; nothing else is changed.
  Source(std::string name, std::string text);

  const std::string& name() const noexcept { return name_; }
  std::string_view text() const noexcept { return text_; }

  /// The place of a byte; the end of the file for any offset beyond it.
  Place place(std::size_t offset) const;
  /// The line that the byte stands in, without its end.
  std::string_view line_around(std::size_t offset) const;

 private:
  std::size_t line_index(std::size_t offset) const;

  std::string name_;
  std::string text_;
  std::vector<std::size_t> line_starts_{0};
};

/// At most `limit` bytes of a file. Errors: cannot be opened or read, not a regular file, longer
/// than `limit`; in words that end a message.
std::expected<std::string, std::string> read_file(const std::filesystem::path& path,
                                                  std::size_t limit);

/// Refuses what is not plain text: invalid UTF-8, NUL and other control characters (the YAML reader
/// takes U+0004 for the end of the file), a lone carriage return, and directives, after which it
/// drops the rest of a line.
bool check_text(const Source& source, Diagnostics& diagnostics);

}  // namespace penstock::config
