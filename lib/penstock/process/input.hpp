// The child's standard input: a pipe that is filled before the child starts. Only what did not fit
// is written on the loop later, as the child reads.
#pragma once

#include <string_view>

#include "penstock/process/watcher.hpp"

namespace penstock::process {

class Input final : private Watcher {
 public:
  /// `bytes` is not copied: it must outlive this.
  explicit Input(std::string_view bytes);
  ~Input() override = default;

  /// The end for the child: of a pipe, or /dev/null when there is nothing to write.
  Fd take_child_end() noexcept { return std::move(theirs_); }
  /// No more is written. Idempotent.
  void finish() noexcept { close(); }

 private:
  bool write_some() noexcept;
  void on_ready() noexcept override;

  std::string_view rest_;
  Fd theirs_;
};

}  // namespace penstock::process
