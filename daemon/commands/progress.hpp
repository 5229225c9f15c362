// A progress line on standard error: only on a terminal, and only once something takes longer than
// half a second.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <string>

#include "penstock/async/clock.hpp"

namespace penstock::commands {

class Progress {
 public:
  /// `did` is the word for what is counted.
  explicit Progress(std::string did)
      : did_(std::move(did)), shown_on_terminal_(isatty(STDERR_FILENO) == 1) {}

  void at(std::size_t count) {
    const async::TimePoint now = async::Clock::now();
    if (!shown_on_terminal_ || now < next_) return;
    next_ = now + std::chrono::milliseconds(100);
    const double seconds = std::chrono::duration<double>(now - started_).count();
    std::fprintf(stderr, "\r%s %zu, %.0f/s ", did_.c_str(), count,
                 static_cast<double>(count) / seconds);
    shown_ = true;
  }

  void done() {
    if (shown_) std::fputs("\r\x1b[K", stderr);
  }

 private:
  const std::string did_;
  const bool shown_on_terminal_;
  const async::TimePoint started_ = async::Clock::now();
  async::TimePoint next_ = started_ + std::chrono::milliseconds(500);
  bool shown_ = false;
};

}  // namespace penstock::commands
