// Watcher: a descriptor, and what is done on the loop when it is ready.
#pragma once

#include <uv.h>

#include "penstock/async/handle.hpp"
#include "penstock/process/fd.hpp"

namespace penstock::process {

/// Base of the ends of a child that the loop waits for: its pipes and its pidfd. Owns the
/// descriptor, which is made non-blocking when it is first watched.
class Watcher {
 protected:
  Watcher() = default;
  explicit Watcher(Fd fd) noexcept : fd_(std::move(fd)) {}
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  virtual ~Watcher() = default;

  int fd() const noexcept { return fd_.get(); }
  bool open() const noexcept { return static_cast<bool>(fd_); }
  void own(Fd fd) noexcept { fd_ = std::move(fd); }

  /// Calls on_ready() whenever the descriptor is ready for `events` (of uv_poll_event), or broken.
  /// Errors: SpawnError.
  void watch(int events);
  void close() noexcept;

  virtual void on_ready() noexcept = 0;

 private:
  Fd fd_;
  async::Handle<uv_poll_t> poll_;  // closed before the descriptor is
};

}  // namespace penstock::process
