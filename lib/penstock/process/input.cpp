#include "penstock/process/input.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "penstock/log/sigpipe.hpp"

namespace penstock::process {

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
  const log::SigpipeHeld held;
  const bool wanted = write_some();
  if (!wanted || rest_.empty()) close();
}

}  // namespace penstock::process
