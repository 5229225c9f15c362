// Spool: rendered lines on their way to the writing thread, in a ring of bytes of fixed size.
//
// When a line finds no room the oldest lines make room for it: what just happened explains a stall
// better than what happened before it. Not thread-safe: the Writer holds its lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/log/log.hpp"

namespace penstock::log {

/// Lines taken off a spool together, oldest first.
struct Batch {
  struct Entry {
    Level level;
    std::uint32_t bytes;
  };
  std::string text;
  std::vector<Entry> entries;  // consecutive parts of text
};

class Spool {
 public:
  explicit Spool(std::size_t capacity);

  /// Adds a line; drops the oldest ones, or a line that is larger than the whole spool, and counts
  /// them.
  void push(Level level, std::string_view line) noexcept;

  /// Moves whole lines into `batch`, which is emptied first, until it holds `bytes` or more.
  void take(Batch& batch, std::size_t bytes);

  bool empty() const noexcept { return begin_ == end_; }
  std::size_t size() const noexcept { return end_ - begin_; }
  std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  using Header = Batch::Entry;

  void copy_in(const void* from, std::size_t bytes) noexcept;
  void copy_out(void* into, std::size_t bytes) noexcept;
  Header take_header() noexcept;

  const std::size_t capacity_;
  const std::unique_ptr<char[]> bytes_;
  std::size_t begin_ = 0;  // counts bytes ever taken; the place in the ring is its remainder
  std::size_t end_ = 0;    // counts bytes ever put
  std::uint64_t dropped_ = 0;
};

}  // namespace penstock::log
