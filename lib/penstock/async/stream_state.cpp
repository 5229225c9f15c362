#include "penstock/async/stream_state.hpp"

#include <cassert>

#include "penstock/async/stream.hpp"
#include "penstock/async/uv_error.hpp"

namespace penstock::async::detail {
namespace {

/// Kept for a reader that has not asked yet: one more round trip at full speed, and no more memory
/// for a peer that floods.
constexpr std::size_t kReadAhead = std::size_t{64} * 1024;

uv_handle_t* handle_of(const Socket& socket) noexcept {
  return reinterpret_cast<uv_handle_t*>(stream_of(socket));
}

}  // namespace

StreamState::StreamState(Socket socket, std::string peer)
    : socket_(std::move(socket)), peer_(std::move(peer)) {
  stream()->data = this;
}

StreamState::~StreamState() {
  assert(reader_ == nullptr && writers == 0 && "a stream is destroyed while tasks wait in it");
  close(socket_);
}

void StreamState::shut(int status) noexcept {
  if (shut_by_ != 0) return;
  shut_by_ = status;
  close(socket_);
  input_ = InputBuffer();
  end_reading(status);
}

void StreamState::check_read() const {
  if (shut_by_ != 0) check_uv(shut_by_, "cannot read from " + peer_);
  if (read_end_ != 0 && read_end_ != UV_EOF) check_uv(read_end_, "cannot read from " + peer_);
}

/// What comes ahead of a reader does not keep the loop alive.
void StreamState::want_input() noexcept {
  uv_ref(handle_of(socket_));
  read_more();
}

void StreamState::read_more() noexcept {
  if (reading_) return;
  const int status = uv_read_start(stream(), lend_read_buffer, on_read);
  reading_ = status == 0;
  if (status < 0) end_reading(status);
}

void StreamState::pause_reading() noexcept {
  uv_read_stop(stream());
  reading_ = false;
}

void StreamState::on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
  auto* self = static_cast<StreamState*>(stream->data);
  if (self == nullptr || size == 0) return;
  if (size < 0) return self->end_reading(static_cast<int>(size));
  self->input_.append({buffer->base, static_cast<std::size_t>(size)});
  if (self->reader_ != nullptr && self->reader_->satisfied()) self->wake_reader();
  if (self->reader_ == nullptr && self->input_.size() >= kReadAhead) self->pause_reading();
}

void StreamState::end_reading(int status) noexcept {
  if (read_end_ == 0) read_end_ = status;
  if (stream() != nullptr) pause_reading();
  if (reader_ != nullptr) wake_reader();
}

void StreamState::wake_reader() noexcept {
  if (stream() != nullptr) uv_unref(handle_of(socket_));
  std::exchange(reader_, nullptr)->wake();
}

void Fill::on_cancel() noexcept {
  state_.reader_ = nullptr;
  uv_unref(handle_of(state_.socket_));
  wake_cancelled();
}

void StreamRequest::await_resume() const {
  throw_if_cancelled();
  if (status_ < 0) check_uv(status_, what_ + state_.peer());
}

bool StreamRequest::refused() noexcept {
  status_ = state_.shut_by();
  return status_ < 0;
}

void StreamRequest::under_way() noexcept {
  ++state_.writers;
}

void StreamRequest::end(int status) noexcept {
  --state_.writers;
  status_ = status;
  if (cancelling_ && status == UV_ECANCELED) {
    wake_cancelled();
  } else {
    wake();
  }
}

void StreamRequest::on_cancel() noexcept {
  cancelling_ = true;
  state_.shut(UV_ECANCELED);
}

/// True when nothing is left to do: all was taken, or the stream has failed.
bool WriteRequest::try_write() noexcept {
  uv_buf_t buffer{.base = const_cast<char*>(rest_.data()), .len = rest_.size()};
  const int taken = uv_try_write(state_.stream(), &buffer, 1);
  if (taken >= 0) {
    rest_.remove_prefix(static_cast<std::size_t>(taken));
    return rest_.empty();
  }
  if (taken == UV_EAGAIN) return false;
  status_ = taken;
  return true;
}

bool WriteRequest::start() noexcept {
  request_.data = this;
  const uv_buf_t buffer{.base = const_cast<char*>(rest_.data()), .len = rest_.size()};
  status_ = uv_write(&request_, state_.stream(), &buffer, 1, [](uv_write_t* request, int status) {
    static_cast<WriteRequest*>(request->data)->end(status);
  });
  if (status_ == 0) under_way();
  return status_ == 0;
}

bool EofRequest::start() noexcept {
  request_.data = this;
  status_ = uv_shutdown(&request_, state_.stream(), [](uv_shutdown_t* request, int status) {
    static_cast<EofRequest*>(request->data)->end(status);
  });
  if (status_ == 0) under_way();
  return status_ == 0;
}

}  // namespace penstock::async::detail
