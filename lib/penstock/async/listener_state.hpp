// What a Listener and those who wait in it share; at one address however the Listener is moved.
#pragma once

#include <expected>
#include <string>

#include "penstock/async/handle.hpp"
#include "penstock/async/listener.hpp"

namespace penstock::async::detail {

class ListenerState {
 public:
  ListenerState(Fd fd, std::string name, std::string own_path);
  ListenerState(const ListenerState&) = delete;
  ListenerState& operator=(const ListenerState&) = delete;
  ~ListenerState();

  const std::string& name() const noexcept { return name_; }
  std::uint16_t port() const noexcept { return port_; }
  bool is_tcp() const noexcept { return port_ != 0; }
  bool awaited() const noexcept { return !waiting_.empty(); }

  /// A connection, or the status why there is none; UV_EAGAIN when none has come.
  std::expected<Accepted, int> try_accept();

  /// Makes ready for enqueue(). Errors: std::system_error.
  void watch();
  void enqueue(AcceptRequest& request) noexcept;
  /// A request has left the queue.
  void left() noexcept;
  void close() noexcept;

 private:
  void on_readable() noexcept;

  Fd fd_;
  Handle<uv_poll_t> poll_;  // closed before the descriptor is
  const std::string name_;
  std::string own_path_;
  const std::uint16_t port_;
  IntrusiveList<AcceptRequest> waiting_;
};

}  // namespace penstock::async::detail
