// Wakes a libuv loop at a moment: a timerfd, because libuv's own timers count whole milliseconds
// and wait up to two of them too long.
#pragma once

#include <uv.h>

#include <functional>
#include <optional>

#include "penstock/async/clock.hpp"

namespace penstock::async {

class Alarm {
 public:
  /// `ring` runs on the loop. Errors: std::system_error when the process has no descriptor left.
  Alarm(uv_loop_t* loop, std::function<void()> ring);
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;
  /// REQUIRES: the loop has closed its handles.
  ~Alarm();

  /// Rings once, by `due` at the latest. Never before `due` unless an earlier setting still stands:
  /// postponing costs no system call. While it is set it keeps the loop alive.
  void set(TimePoint due) noexcept;
  void clear() noexcept;

 private:
  void program(TimePoint at) noexcept;
  void on_readable() noexcept;

  const int fd_;
  uv_poll_t poll_{};
  std::function<void()> ring_;
  std::optional<TimePoint> set_;
};

}  // namespace penstock::async
