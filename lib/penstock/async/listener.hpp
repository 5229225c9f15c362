// Listener: where connections come in, over TCP or a unix socket.
//
//   Listener listener = co_await listen_tcp("127.0.0.1", 8080);
//   co_await serve(listener, [](Stream stream) -> Task<> { … });  // serve.hpp
//
// A connection is taken from the kernel only for a task that waits in accept(): the others stay in
// the kernel's backlog, also while there is no descriptor left. Deliberately not uv_listen(), which
// takes one connection in advance, and out of descriptors closes what it finds waiting.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "penstock/async/fd.hpp"
#include "penstock/async/stream.hpp"

namespace penstock::async {

struct ListenOptions {
  int backlog = 128;        // connections that the kernel keeps until they are accepted
  bool reuse_port = false;  // several listeners, of several loops, share the TCP port
};

namespace detail {

class ListenerState;

/// A connection that the kernel has given.
struct Accepted {
  Fd fd;
  std::string peer;
};

class AcceptRequest final : public Waiter {
 public:
  explicit AcceptRequest(ListenerState& state) noexcept : state_(state) {}

  bool await_ready();
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) {
    watch();
    suspend(handle);
    enqueue();
  }
  Stream await_resume();

 private:
  friend class ListenerState;
  void watch();
  void enqueue() noexcept;
  std::string_view waits_for() const noexcept override { return "a connection"; }
  void on_cancel() noexcept override;

  ListenerState& state_;
  Accepted accepted_;
  int status_ = 0;
};

}  // namespace detail

class Listener {
 public:
  /// Takes a socket that listens; see listen_tcp() and listen_unix(). `own_path`, if not empty, is
  /// removed when it is closed.
  Listener(Fd fd, std::string name, std::string own_path = {});
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&& other) noexcept;
  ~Listener();

  class [[nodiscard]] Accept;
  /// The next connection. Order: as they came; those who wait, first come, first served. Errors:
  /// std::system_error; out of descriptors, std::errc::too_many_files_open: the connection is still
  /// to be had. Cancellation: at once; a connection that was taken is delivered.
  Accept accept() noexcept;

  /// Stops listening; whoever waits throws. Idempotent.
  void close() noexcept;

  /// "127.0.0.1:8080" with the real port, or the path.
  const std::string& name() const noexcept;
  /// 0 for a unix socket.
  std::uint16_t port() const noexcept;

 private:
  std::unique_ptr<detail::ListenerState> state_;
};

class Listener::Accept {
 public:
  explicit Accept(detail::ListenerState& state) noexcept : state_(&state) {}
  auto operator co_await() const noexcept { return detail::AcceptRequest(*state_); }

 private:
  detail::ListenerState* state_;
};

/// Listens on the first of the host's addresses that can be bound; port 0 takes a free one. Errors:
/// std::system_error, naming the address. Cancellation: at once.
Task<Listener> listen_tcp(std::string host, std::uint16_t port, ListenOptions options = {});

/// Listens on a socket file, which is removed afterwards. One on which nobody listens any more is
/// replaced. Errors: std::system_error, naming `path`.
Listener listen_unix(const std::string& path, ListenOptions options = {});

}  // namespace penstock::async
