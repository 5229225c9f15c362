// Socket: waiting until a descriptor that belongs to somebody else (libpq) can be read or written.
//
// libpq may close its socket and open another while it connects, so one is watched only while a
// task waits for it.
#pragma once

#include <uv.h>

#include "penstock/async/handle.hpp"
#include "penstock/async/waiter.hpp"

namespace penstock::sql {

class Socket {
 public:
  Socket() = default;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { close(); }

  class [[nodiscard]] Wait;
  /// Waits for any of `events` (UV_READABLE, UV_WRITABLE) on `fd` and gives those there are; an
  /// error of the descriptor counts as all of them, for the next read to find. Errors:
  /// ConnectionError when the loop cannot watch it. Cancellation: at once. One waits at a time.
  Wait wait(int fd, int events) noexcept;

  /// To be called before `fd` is closed. REQUIRES: nobody waits.
  void close() noexcept;

 private:
  class Awaiter;
  void watch(int fd, int events);
  static void on_ready(uv_poll_t* poll, int status, int events);

  async::Handle<uv_poll_t> poll_;
  int fd_ = -1;
  Awaiter* waiter_ = nullptr;
};

class Socket::Awaiter final : public async::Waiter {
 public:
  Awaiter(Socket& socket, int fd, int events) noexcept
      : socket_(socket), fd_(fd), events_(events) {}

  bool await_ready() noexcept { return cancelled_on_entry(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) {
    socket_.watch(fd_, events_);
    suspend(handle);
    socket_.waiter_ = this;
  }
  int await_resume() const {
    throw_if_cancelled();
    return events_;
  }

 private:
  friend class Socket;
  void on_cancel() noexcept override;

  Socket& socket_;
  int fd_;
  int events_;
};

class Socket::Wait {
 public:
  Wait(Socket& socket, int fd, int events) noexcept : socket_(&socket), fd_(fd), events_(events) {}
  auto operator co_await() const noexcept { return Awaiter(*socket_, fd_, events_); }

 private:
  Socket* socket_;
  int fd_;
  int events_;
};

inline Socket::Wait Socket::wait(int fd, int events) noexcept {
  return {*this, fd, events};
}

}  // namespace penstock::sql
