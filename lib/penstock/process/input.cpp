#include "penstock/process/input.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>

namespace penstock::process {
namespace {

/// Keeps the SIGPIPE of one write from this program, whatever it does about that signal.
class PipeSignalHeld {
 public:
  PipeSignalHeld() noexcept {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  PipeSignalHeld(const PipeSignalHeld&) = delete;
  PipeSignalHeld& operator=(const PipeSignalHeld&) = delete;
  ~PipeSignalHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  void discard() const noexcept {
    constexpr timespec kNow{};
    sigtimedwait(&pipe_, nullptr, &kNow);
  }

 private:
  sigset_t pipe_;
  sigset_t before_;
};

}  // namespace

Input::Input(std::string_view bytes) : rest_(bytes) {
  if (bytes.empty()) {
    theirs_ = opened(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    return;
  }
  Pipe pipe = make_pipe();
  theirs_ = std::move(pipe.read);
  own(std::move(pipe.write));
  fcntl(fd(), F_SETFL, O_NONBLOCK);
  if (write_some() && !rest_.empty()) watch(UV_WRITABLE);
  if (rest_.empty()) close();
}

/// False when nobody will read it any more.
bool Input::write_some() noexcept {
  const ssize_t count = ::write(fd(), rest_.data(), rest_.size());
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  rest_.remove_prefix(static_cast<std::size_t>(count));
  return true;
}

void Input::on_ready() noexcept {
  const PipeSignalHeld held;
  const bool wanted = write_some();
  if (!wanted) held.discard();
  if (!wanted || rest_.empty()) close();
}

}  // namespace penstock::process
