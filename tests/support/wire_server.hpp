// A TCP server of the test's own, on the test's loop. What it does with a connection is a script: a
// coroutine that reads, sends any bytes it likes, and hangs up when and how it likes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "penstock/async/event.hpp"
#include "penstock/async/handle.hpp"
#include "penstock/async/task_group.hpp"
#include "support/async_run.hpp"

namespace penstock::test {

/// One connection, from the server's side.
class Peer {
 public:
  Peer(async::Handle<uv_tcp_t> socket, std::size_t number);
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() { close(); }

  /// Connections are numbered from 1.
  std::size_t number() const { return number_; }

  /// An HTTP request's head and as much body as its Content-Length says; what there is of it, or
  /// nothing, when the client hangs up.
  async::Task<std::string> request();
  /// What has come, at least a byte; nothing when the client has hung up.
  async::Task<std::string> bytes();
  /// Returns when the client has hung up. What it still sends is dropped.
  async::Task<> hung_up();

  void send(std::string_view bytes);
  /// Returns when the kernel has taken all that was sent.
  async::Task<> sent();
  /// What it has not taken yet.
  std::size_t unsent() const { return uv_stream_get_write_queue_size(stream()); }
  /// Reads no more until it is asked for more.
  void stop_reading();

  /// Hangs up in good order, or like one that crashed.
  void close();
  void reset();

 private:
  uv_stream_t* stream() const { return reinterpret_cast<uv_stream_t*>(socket_.get()); }
  void start_reading();
  void on_read(ssize_t size, const char* bytes);

  async::Handle<uv_tcp_t> socket_;
  const std::size_t number_;
  std::string received_;
  async::Event readable_;
  async::Event drained_;
  bool ended_ = false;
  bool reading_ = false;
};

class WireServer {
 public:
  using Script = std::function<async::Task<>(Peer&)>;

  /// Listens on a loopback port; each connection is a task of `group`, which ends the connection
  /// with it. REQUIRES: dies before the group ends.
  WireServer(async::TaskGroup& group, Script script);

  int port() const { return port_; }
  std::string url(std::string_view path = "/") const;
  std::size_t connections() const { return connections_; }
  /// Connections are refused from now on; those that there are live on.
  void shut() { listener_.close(); }

 private:
  void on_connection();

  async::TaskGroup& group_;
  Script script_;
  async::Handle<uv_tcp_t> listener_;
  int port_ = 0;
  std::size_t connections_ = 0;
};

/// Runs `client(server)`, which returns a Task, in real time; connections end with it.
template <class Client>
void with_server(WireServer::Script script, Client client) {
  run_real([&]() -> async::Task<> {
    co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
      WireServer server(group, std::move(script));
      co_await client(server);
      group.cancel();
    });
  });
}

/// `HTTP/1.1 STATUS`, `headers` (each with its line's end), a Content-Length, and the body.
std::string answer(std::string_view status, std::string_view body = "",
                   std::string_view headers = "");

}  // namespace penstock::test
