#include "penstock/process/watcher.hpp"

#include "penstock/async/loop.hpp"
#include "penstock/process/command.hpp"

namespace penstock::process {

void Watcher::watch(int events) {
  poll_ = async::Handle<uv_poll_t>([this](uv_poll_t* poll) {
    return uv_poll_init(async::Loop::current().uv(), poll, fd_.get());
  });
  if (!poll_) throw SpawnError::because(-poll_.status(), "cannot watch a child");
  poll_->data = this;
  uv_poll_start(poll_.get(), events, [](uv_poll_t* poll, int, int) {
    if (poll->data != nullptr) static_cast<Watcher*>(poll->data)->on_ready();
  });
}

void Watcher::close() noexcept {
  poll_.close();
  fd_.close();
}

}  // namespace penstock::process
