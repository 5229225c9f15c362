// InputBuffer: bytes that have come and were not yet taken; and where in them a line ends.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::async {

class InputBuffer {
 public:
  std::size_t size() const noexcept { return bytes_.size() - begin_; }
  bool empty() const noexcept { return size() == 0; }
  std::string_view view() const noexcept { return std::string_view(bytes_).substr(begin_); }

  void append(std::string_view bytes);
  /// The first `count` bytes, which are then gone. REQUIRES: count <= size().
  std::string take(std::size_t count);
  void drop(std::size_t count) noexcept;

  /// Where the first `delimiter` begins; what was searched in vain before is not searched again.
  /// REQUIRES: not empty, and the same in each call until it is found or something is taken.
  std::optional<std::size_t> find(std::string_view delimiter) noexcept;
  /// After find() found nothing: how many bytes certainly stand before the next delimiter.
  std::size_t undelimited(std::string_view delimiter) const noexcept;

 private:
  std::string bytes_;
  std::size_t begin_ = 0;
  std::size_t searched_ = 0;  // from begin_: no delimiter begins before it
};

}  // namespace penstock::async
