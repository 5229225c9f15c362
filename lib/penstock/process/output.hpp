// The child's two output pipes: always read to the end, so that no child ever blocks on a full
// pipe, and kept only as far as was asked. Reading happens on the loop, without waking a task.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "penstock/async/context.hpp"
#include "penstock/async/event.hpp"
#include "penstock/process/line_splitter.hpp"
#include "penstock/process/watcher.hpp"

namespace penstock::process {

class OutputPipe : private Watcher {
 public:
  /// `ended` is set when the last holder of the other end has closed it.
  explicit OutputPipe(async::Event& ended) : OutputPipe(make_pipe(), ended) {}
  ~OutputPipe() override = default;

  /// The end for the child.
  Fd take_child_end() noexcept { return std::move(theirs_); }

  bool ended() const noexcept { return !open(); }
  std::uint64_t bytes() const noexcept { return bytes_; }

  /// Reads what stands in the pipe now.
  void drain() noexcept;
  /// No more is wanted. Idempotent.
  void finish() noexcept;

 protected:
  virtual void take(std::string_view bytes) noexcept = 0;
  virtual void at_end() noexcept {}

 private:
  OutputPipe(Pipe pipe, async::Event& ended);

  bool read_some() noexcept;
  void on_ready() noexcept override { read_some(); }

  Fd theirs_;
  async::Event& ended_;
  std::uint64_t bytes_ = 0;
};

/// Standard output: the beginning is kept.
class OutputCapture final : public OutputPipe {
 public:
  OutputCapture(std::size_t limit, async::Event& ended) : OutputPipe(ended), limit_(limit) {}

  bool cut() const noexcept { return bytes() > limit_; }
  std::string take_kept() noexcept { return std::move(kept_); }

 private:
  void take(std::string_view bytes) noexcept override {
    kept_ += bytes.substr(0, limit_ - kept_.size());
  }

  const std::size_t limit_;
  std::string kept_;
};

/// Standard error: handed on line by line, in the context of whoever made this.
class ErrorLines final : public OutputPipe {
 public:
  ErrorLines(LineSplitter::Sink sink, async::Event& ended);

  std::uint64_t cut() const noexcept { return lines_ ? lines_->cut() : 0; }

 private:
  void take(std::string_view bytes) noexcept override;
  void at_end() noexcept override;

  const async::Context context_ = async::Context::current();
  std::optional<LineSplitter> lines_;  // none: only counted
};

}  // namespace penstock::process
