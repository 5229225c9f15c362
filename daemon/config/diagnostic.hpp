// What is wrong with a configuration file: where, under which key, and what would mend it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::config {

class Source;

/// A place in the file as an editor counts it: from 1, columns in characters. Line 0 is the file as
/// a whole.
struct Place {
  std::size_t line = 0;
  std::size_t column = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

struct Diagnostic {
  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;
  std::string path;     ///< `queues.orders.retry.base`; empty where the text itself is at fault
  std::string message;  ///< what, and the mend
};

/// `FILE:LINE:COLUMN: path.to.key: what, and the mend`, in one line, with what could break it or
/// steer a terminal escaped.
std::string format(const Diagnostic& diagnostic);

/// Text of the file as it may be shown in a message: in double quotes, control characters escaped,
/// cut when long.
std::string shown(std::string_view text);

/// `a, b, c`.
std::string joined(std::span<const std::string_view> words);

/// Collects what is wrong, so that one run tells all of it.
class Diagnostics {
 public:
  /// More are counted, not kept: who has fifty errors mends those first.
  static constexpr std::size_t kMost = 50;

  explicit Diagnostics(std::string file) : file_(std::move(file)) {}

  void add(Place place, std::string_view path, std::string message);
  /// About the byte at `offset`. Its place is looked up only if it is shown: a file of nothing but
  /// mistakes is read as fast as any other.
  void add(const Source& source, std::size_t offset, std::string_view path, std::string message);
  bool empty() const noexcept { return found_.empty(); }

  /// Order: by place in the file; a last entry tells how many were left out.
  std::vector<Diagnostic> take();

 private:
  std::string file_;
  std::vector<Diagnostic> found_;
  std::size_t left_out_ = 0;
};

}  // namespace penstock::config
