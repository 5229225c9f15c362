#include "support/wire_server.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace penstock::test {
namespace {

using async::Handle;
using async::Task;

Handle<uv_tcp_t> tcp() {
  return Handle<uv_tcp_t>(
      [](uv_tcp_t* handle) { return uv_tcp_init(async::Loop::current().uv(), handle); });
}

void must(int status) {
  if (status < 0) throw std::runtime_error(uv_strerror(status));
}

/// What the kernel did not take at once.
struct Write {
  uv_write_t request{};
  std::string bytes;
};

std::size_t content_length(std::string_view head) {
  const std::size_t at = head.find("Content-Length: ");
  std::size_t length = 0;
  if (at != std::string_view::npos) std::from_chars(head.data() + at + 16, head.end(), length);
  return length;
}

}  // namespace

Peer::Peer(Handle<uv_tcp_t> socket, std::size_t number)
    : socket_(std::move(socket)), number_(number) {
  socket_->data = this;
  drained_.set();
}

void Peer::start_reading() {
  if (std::exchange(reading_, true) || ended_) return;
  must(uv_read_start(
      stream(),
      [](uv_handle_t*, std::size_t, uv_buf_t* buffer) {
        thread_local std::array<char, 65536> bytes;
        *buffer = uv_buf_init(bytes.data(), bytes.size());
      },
      [](uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
        if (auto* self = static_cast<Peer*>(stream->data)) self->on_read(size, buffer->base);
      }));
}

void Peer::stop_reading() {
  if (std::exchange(reading_, false)) uv_read_stop(stream());
}

void Peer::on_read(ssize_t size, const char* bytes) {
  if (size > 0) received_.append(bytes, static_cast<std::size_t>(size));
  if (size < 0) {
    ended_ = true;
    stop_reading();
  }
  readable_.set();
}

Task<std::string> Peer::bytes() {
  start_reading();
  while (received_.empty() && !ended_) {
    readable_.clear();
    co_await readable_.wait();
  }
  co_return std::exchange(received_, {});
}

Task<std::string> Peer::request() {
  std::string request;
  for (;;) {
    const std::string more = co_await bytes();
    if (more.empty()) co_return request;
    request += more;
    const std::size_t head = request.find("\r\n\r\n");
    if (head == std::string::npos) continue;
    const std::size_t size = head + 4 + content_length(std::string_view(request).substr(0, head));
    if (request.size() < size) continue;
    received_ = request.substr(size) + received_;
    co_return request.substr(0, size);
  }
}

Task<> Peer::hung_up() {
  while (!(co_await bytes()).empty()) {
  }
}

void Peer::send(std::string_view bytes) {
  if (!socket_) return;
  auto* write = new Write{.bytes = std::string(bytes)};
  write->request.data = write;
  const uv_buf_t buffer =
      uv_buf_init(write->bytes.data(), static_cast<unsigned>(write->bytes.size()));
  drained_.clear();
  must(uv_write(&write->request, stream(), &buffer, 1, [](uv_write_t* request, int) {
    const std::unique_ptr<Write> owned(static_cast<Write*>(request->data));
    auto* self = static_cast<Peer*>(request->handle->data);
    if (self != nullptr && self->unsent() == 0) self->drained_.set();
  }));
}

Task<> Peer::sent() {
  co_await drained_.wait();
}

void Peer::close() {
  ended_ = true;
  socket_.close();
}

void Peer::reset() {
  if (!socket_) return;
  uv_os_fd_t fd = -1;
  uv_fileno(socket_.base(), &fd);
  const linger abortive{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &abortive, sizeof abortive);
  close();
}

WireServer::WireServer(async::TaskGroup& group, Script script)
    : group_(group), script_(std::move(script)), listener_(tcp()) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  must(uv_tcp_bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), 0));
  listener_->data = this;
  must(uv_listen(reinterpret_cast<uv_stream_t*>(listener_.get()), 128,
                 [](uv_stream_t* listener, int status) {
                   auto* self = static_cast<WireServer*>(listener->data);
                   if (self != nullptr && status == 0) self->on_connection();
                 }));
  int size = sizeof address;
  must(uv_tcp_getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size));
  port_ = ntohs(address.sin_port);
}

std::string WireServer::url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

void WireServer::on_connection() {
  Handle<uv_tcp_t> socket = tcp();
  must(uv_accept(reinterpret_cast<uv_stream_t*>(listener_.get()),
                 reinterpret_cast<uv_stream_t*>(socket.get())));
  auto serve = [](Script script, std::unique_ptr<Peer> peer) -> Task<> { co_await script(*peer); };
  group_.spawn(serve, script_, std::make_unique<Peer>(std::move(socket), ++connections_));
}

std::string answer(std::string_view status, std::string_view body, std::string_view headers) {
  std::string text = "HTTP/1.1 ";
  ((text += status) += "\r\n") += headers;
  text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  return text += body;
}

}  // namespace penstock::test
