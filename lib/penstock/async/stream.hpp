// Stream: a connection as tasks see it, over TCP or a unix socket.
//
//   Stream stream = co_await connect_tcp("example.org", 80);
//   co_await stream.write("GET / HTTP/1.0\r\n\r\n");
//   while (const auto line = co_await stream.read_line()) …
//
// What comes is read ahead up to 64 KiB and waits in the stream, so that a cancelled read loses
// nothing: the next one finds it. A write that was cut short by a cancellation cannot be taken
// back, and nobody knows how much of it has left: it ends the stream, and every later use throws.
//
// One task reads at a time, any number write; each write stays in one piece. A stream is not moved
// while a task waits in it, and one that is destroyed then dies loudly. Deliberately absent: TLS,
// and time limits of its own (with_timeout around any call).
#pragma once

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "penstock/async/input_buffer.hpp"
#include "penstock/async/socket.hpp"
#include "penstock/async/waiter.hpp"

namespace penstock::async {

/// The peer sent no more before all that was asked for had come.
class EndOfStream : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// No end of a line within the bytes that a line may have.
class LineTooLong : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {

class StreamState;
class Fill;

/// A request of libuv's on a stream that is under way. Cancelled, it ends the stream, and is waited
/// for: libuv reads from the caller's bytes until then.
class StreamRequest : public Waiter {
 public:
  void await_resume() const;

 protected:
  StreamRequest(StreamState& state, const char* what) noexcept : state_(state), what_(what) {}
  ~StreamRequest() = default;

  bool refused() noexcept;
  /// Gives the status that ended it; from libuv's callback, or before suspension.
  void end(int status) noexcept;
  void under_way() noexcept;

  StreamState& state_;
  int status_ = 0;

 private:
  std::string_view waits_for() const noexcept override { return "a write to be taken"; }
  void on_cancel() noexcept override;
  const char* const what_;
  bool cancelling_ = false;
};

class WriteRequest final : public StreamRequest {
 public:
  WriteRequest(StreamState& state, std::string_view bytes) noexcept
      : StreamRequest(state, "cannot write to "), rest_(bytes) {}

  bool await_ready() noexcept { return cancelled_on_entry() || refused() || try_write(); }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    if (!start()) return false;
    suspend(handle);
    return true;
  }

 private:
  bool try_write() noexcept;
  bool start() noexcept;

  std::string_view rest_;
  uv_write_t request_{};
};

class EofRequest final : public StreamRequest {
 public:
  explicit EofRequest(StreamState& state) noexcept : StreamRequest(state, "cannot end ") {}

  bool await_ready() noexcept { return cancelled_on_entry() || refused(); }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    if (!start()) return false;
    suspend(handle);
    return true;
  }

 private:
  bool start() noexcept;
  uv_shutdown_t request_{};
};

}  // namespace detail

class Stream {
 public:
  /// Takes a connected socket; `peer` is what errors call the other side.
  Stream(Socket socket, std::string peer);
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&& other) noexcept;
  ~Stream();

  /// Errors of all reads: std::system_error, once what had come before is taken. Cancellation of
  /// all reads: at once; nothing is lost.

  /// At least one byte, as many as are there and fit. 0 is the end of the stream.
  Task<std::size_t> read_some(std::span<char> into);

  /// Errors: EndOfStream when fewer are left; they stay to be read.
  Task<std::string> read_exactly(std::size_t count);

  /// All up to the next `delimiter`, which is taken but not returned; std::nullopt at the end of
  /// the stream. Errors: LineTooLong when it does not end within `limit` bytes, EndOfStream when
  /// the stream ends first; what came stays to be read.
  Task<std::optional<std::string>> read_until(std::string delimiter, std::size_t limit);

  /// The next line without its end, "\n" or "\r\n"; the last one may lack it. std::nullopt at the
  /// end of the stream. Errors: LineTooLong, as above.
  Task<std::optional<std::string>> read_line(std::size_t limit = kLineLimit);
  static constexpr std::size_t kLineLimit = std::size_t{64} * 1024;

  class [[nodiscard]] Write;
  /// Waits until the kernel has taken all of `bytes`, which are not copied. Order: as called.
  /// Errors: std::system_error. Cancellation: before it suspends, nothing was written; later, it
  /// ends the stream.
  Write write(std::string_view bytes) noexcept;

  class [[nodiscard]] WriteEof;
  /// Tells the peer that no more will come, once all was written; reading goes on. Errors and
  /// cancellation: as write().
  WriteEof write_eof() noexcept;

  /// Closes the socket now; whoever waits in the stream throws. Idempotent.
  void close() noexcept;

  /// "127.0.0.1:6379" or the path of a unix socket.
  const std::string& peer() const noexcept;

 private:
  std::unique_ptr<detail::StreamState> state_;
};

/// Connects to the first of the host's addresses that answers; see resolve() and open_tcp().
/// Errors: std::system_error, naming host or address. Cancellation: at once.
Task<Stream> connect_tcp(std::string host, std::uint16_t port);
Task<Stream> connect_unix(std::string path);

class Stream::Write {
 public:
  Write(detail::StreamState& state, std::string_view bytes) noexcept
      : state_(&state), bytes_(bytes) {}
  auto operator co_await() const noexcept { return detail::WriteRequest(*state_, bytes_); }

 private:
  detail::StreamState* state_;
  std::string_view bytes_;
};

class Stream::WriteEof {
 public:
  explicit WriteEof(detail::StreamState& state) noexcept : state_(&state) {}
  auto operator co_await() const noexcept { return detail::EofRequest(*state_); }

 private:
  detail::StreamState* state_;
};

}  // namespace penstock::async
