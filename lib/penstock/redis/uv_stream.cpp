#include "penstock/redis/uv_stream.hpp"

#include <memory>
#include <string>

namespace penstock::redis {
namespace {

/// What the kernel did not take at once.
struct WriteRequest {
  uv_write_t request{};
  std::string bytes;
};

}  // namespace

void UvStream::start(Receiver& receiver) {
  receiver_ = &receiver;
  uv_stream_t* stream = async::stream_of(socket_);
  stream->data = this;
  uv_read_start(stream, async::lend_read_buffer, on_read);
}

void UvStream::on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
  auto* self = static_cast<UvStream*>(stream->data);
  if (self == nullptr || size == 0) return;
  if (size < 0) return self->broken(static_cast<int>(size));
  self->receiver_->on_bytes({buffer->base, static_cast<std::size_t>(size)});
}

void UvStream::write(std::string_view bytes) {
  // libuv only reads from it.
  const uv_buf_t buffer =
      uv_buf_init(const_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
  const int taken = uv_try_write(async::stream_of(socket_), &buffer, 1);
  if (taken < 0 && taken != UV_EAGAIN) return broken(taken);
  bytes.remove_prefix(taken < 0 ? 0 : static_cast<std::size_t>(taken));
  if (!bytes.empty()) queue(bytes);
}

void UvStream::queue(std::string_view rest) {
  auto request = std::make_unique<WriteRequest>();
  request->bytes = rest;
  request->request.data = request.get();
  const uv_buf_t buffer =
      uv_buf_init(request->bytes.data(), static_cast<unsigned>(request->bytes.size()));
  if (const int error =
          uv_write(&request->request, async::stream_of(socket_), &buffer, 1, on_written);
      error < 0) {
    return broken(error);
  }
  static_cast<void>(request.release());
}

void UvStream::on_written(uv_write_t* request, int status) {
  const std::unique_ptr<WriteRequest> owned(static_cast<WriteRequest*>(request->data));
  auto* self = static_cast<UvStream*>(request->handle->data);
  if (self == nullptr) return;
  if (status < 0) return self->broken(status);
  self->receiver_->on_drained();
}

void UvStream::broken(int error) noexcept {
  uv_read_stop(async::stream_of(socket_));
  receiver_->on_end(error == UV_EOF ? "the server closed it" : uv_strerror(error));
}

std::size_t UvStream::unsent() const noexcept {
  const uv_stream_t* stream = async::stream_of(socket_);
  return stream == nullptr ? 0 : uv_stream_get_write_queue_size(stream);
}

void UvStream::close() noexcept {
  async::close(socket_);
}

}  // namespace penstock::redis
