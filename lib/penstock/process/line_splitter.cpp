#include "penstock/process/line_splitter.hpp"

namespace penstock::process {

void LineSplitter::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) return hold(bytes);
    if (holding_) {
      hold(bytes.substr(0, end));
      finish();
    } else {
      deliver(bytes.substr(0, end));
    }
    bytes.remove_prefix(end + 1);
  }
}

void LineSplitter::finish() {
  if (!holding_) return;
  deliver(held_);
  held_.clear();
  holding_ = false;
}

/// Keeps one byte more than will be delivered, to tell a line that is too long.
void LineSplitter::hold(std::string_view piece) {
  holding_ = true;
  held_ += piece.substr(0, limit_ + 1 - held_.size());
}

void LineSplitter::deliver(std::string_view line) {
  if (line.size() > limit_) ++cut_;
  sink_(line.substr(0, limit_));
}

}  // namespace penstock::process
