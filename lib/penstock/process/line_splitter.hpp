// LineSplitter: bytes in, lines out, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace penstock::process {

class LineSplitter {
 public:
  using Sink = std::function<void(std::string_view line)>;

  /// `sink` gets each line without its newline, and of a line longer than `limit` the beginning.
  LineSplitter(std::size_t limit, Sink sink) : limit_(limit), sink_(std::move(sink)) {}

  void feed(std::string_view bytes);
  /// Ends a last line that has no newline.
  void finish();

  /// Lines that were longer than the limit.
  std::uint64_t cut() const noexcept { return cut_; }

 private:
  void hold(std::string_view piece);
  void deliver(std::string_view line);

  const std::size_t limit_;
  const Sink sink_;
  std::string held_;  // the beginning of a line whose end has not come
  bool holding_ = false;
  std::uint64_t cut_ = 0;
};

}  // namespace penstock::process
