// SigpipeHeld: writing to a pipe without a reader is an error to handle, not the end of the
// process.
#pragma once

#include <pthread.h>

#include <csignal>
#include <ctime>

namespace penstock::log {

/// Keeps the SIGPIPE of this thread's writes from the program, whatever it does about that signal;
/// one that was pending before stays so.
class SigpipeHeld {
 public:
  SigpipeHeld() noexcept {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &previous_);
  }
  SigpipeHeld(const SigpipeHeld&) = delete;
  SigpipeHeld& operator=(const SigpipeHeld&) = delete;
  ~SigpipeHeld() {
    const timespec at_once{};
    if (!was_pending_) sigtimedwait(&sigpipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
  }

 private:
  sigset_t sigpipe_;
  sigset_t previous_;
  bool was_pending_;
};

}  // namespace penstock::log
