#include "penstock/async/input_buffer.hpp"

#include <algorithm>
#include <cassert>

namespace penstock::async {

void InputBuffer::append(std::string_view bytes) {
  if (begin_ > bytes_.size() / 2) {  // moving the rest costs less than what was taken did
    bytes_.erase(0, begin_);
    begin_ = 0;
  }
  bytes_ += bytes;
}

std::string InputBuffer::take(std::size_t count) {
  std::string taken(view().substr(0, count));
  drop(count);
  return taken;
}

void InputBuffer::drop(std::size_t count) noexcept {
  assert(count <= size());
  begin_ += count;
  searched_ = 0;
  if (begin_ < bytes_.size()) return;
  bytes_.clear();
  begin_ = 0;
}

std::optional<std::size_t> InputBuffer::find(std::string_view delimiter) noexcept {
  assert(!delimiter.empty());
  const std::size_t found = view().find(delimiter, searched_);
  if (found != std::string_view::npos) return found;
  searched_ = undelimited(delimiter);
  return std::nullopt;
}

std::size_t InputBuffer::undelimited(std::string_view delimiter) const noexcept {
  return size() - std::min(size(), delimiter.size() - 1);
}

}  // namespace penstock::async
