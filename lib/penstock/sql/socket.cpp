#include "penstock/sql/socket.hpp"

#include <cassert>
#include <string>
#include <utility>

#include "penstock/async/loop.hpp"
#include "penstock/sql/error.hpp"

namespace penstock::sql {
namespace {

void check(int status) {
  if (status < 0) {
    throw ConnectionError(std::string("cannot watch a socket: ") + uv_strerror(status),
                          ConnectionError::Sent::kPerhaps);
  }
}

}  // namespace

void Socket::watch(int fd, int events) {
  assert(waiter_ == nullptr && "two tasks wait for one socket");
  if (fd != fd_) {
    close();
    poll_ = async::Handle<uv_poll_t>(
        [&](uv_poll_t* poll) { return uv_poll_init(async::Loop::current().uv(), poll, fd); });
    check(poll_.status());
    fd_ = fd;
  }
  poll_->data = this;
  check(uv_poll_start(poll_.get(), events, on_ready));
}

void Socket::on_ready(uv_poll_t* poll, int status, int events) {
  auto* self = static_cast<Socket*>(poll->data);
  if (self == nullptr || self->waiter_ == nullptr) return;
  uv_poll_stop(poll);
  Awaiter& waiter = *std::exchange(self->waiter_, nullptr);
  if (status == 0) waiter.events_ = events;
  waiter.wake();
}

void Socket::Awaiter::on_cancel() noexcept {
  uv_poll_stop(socket_.poll_.get());
  socket_.waiter_ = nullptr;
  wake_cancelled();
}

void Socket::close() noexcept {
  assert(waiter_ == nullptr && "a socket is closed while a task waits for it");
  poll_.close();
  fd_ = -1;
}

}  // namespace penstock::sql
