// What a Stream and those who wait in it share; at one address however the Stream is moved.
#pragma once

#include <cassert>
#include <string>

#include "penstock/async/input_buffer.hpp"
#include "penstock/async/socket.hpp"
#include "penstock/async/waiter.hpp"

namespace penstock::async::detail {

class Fill;

class StreamState {
 public:
  StreamState(Socket socket, std::string peer);
  StreamState(const StreamState&) = delete;
  StreamState& operator=(const StreamState&) = delete;
  ~StreamState();

  uv_stream_t* stream() const noexcept { return stream_of(socket_); }
  const std::string& peer() const noexcept { return peer_; }
  InputBuffer& input() noexcept { return input_; }

  /// Nothing can be read or written any more, because of `status`, the first one of which stays.
  void shut(int status) noexcept;
  /// The status of shut(); 0 while the stream is open.
  int shut_by() const noexcept { return shut_by_; }
  /// What ended reading: UV_EOF, or an error; 0 while more may come.
  int read_end() const noexcept { return read_end_; }

  /// Throws the error that ended reading, if it was one.
  void check_read() const;

  std::size_t writers = 0;  // requests of libuv under way

 private:
  friend class Fill;

  void want_input() noexcept;
  void read_more() noexcept;
  void pause_reading() noexcept;
  void end_reading(int status) noexcept;
  void wake_reader() noexcept;
  static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer);

  Socket socket_;
  const std::string peer_;
  InputBuffer input_;
  Fill* reader_ = nullptr;
  int shut_by_ = 0;
  int read_end_ = 0;
  bool reading_ = false;
};

/// Waits until `count` bytes have come, or reading has ended.
class Fill final : public Waiter {
 public:
  Fill(StreamState& state, std::size_t count) noexcept : state_(state), count_(count) {}

  bool await_ready() noexcept { return cancelled_on_entry() || satisfied(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    assert(state_.reader_ == nullptr && "one task reads from a stream at a time");
    suspend(handle);
    state_.reader_ = this;
    state_.want_input();
  }
  void await_resume() const { throw_if_cancelled(); }

 private:
  friend class StreamState;
  bool satisfied() const noexcept {
    return state_.input_.size() >= count_ || state_.read_end_ != 0;
  }
  std::string_view waits_for() const noexcept override { return "bytes to read"; }
  void on_cancel() noexcept override;

  StreamState& state_;
  const std::size_t count_;
};

}  // namespace penstock::async::detail
