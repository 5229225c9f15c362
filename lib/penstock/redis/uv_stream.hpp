// UvStream: a connected libuv stream as a Transport.
#pragma once

#include <uv.h>

#include "penstock/async/socket.hpp"
#include "penstock/redis/transport.hpp"

namespace penstock::redis {

class UvStream final : public Transport {
 public:
  explicit UvStream(async::Socket socket) noexcept : socket_(std::move(socket)) {}
  UvStream(const UvStream&) = delete;
  UvStream& operator=(const UvStream&) = delete;
  ~UvStream() override { close(); }

  void start(Receiver& receiver) override;
  void write(std::string_view bytes) override;
  std::size_t unsent() const noexcept override;
  void close() noexcept override;

 private:
  void queue(std::string_view rest);
  void broken(int error) noexcept;

  static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer);
  static void on_written(uv_write_t* request, int status);

  async::Socket socket_;
  Receiver* receiver_ = nullptr;
};

}  // namespace penstock::redis
