#include "penstock/async/socket.hpp"

#include <sys/un.h>

#include <cassert>
#include <csignal>
#include <memory>
#include <optional>
#include <system_error>

#include "penstock/async/timeout.hpp"
#include "penstock/async/uv_error.hpp"
#include "penstock/async/uv_request.hpp"

namespace penstock::async {
namespace {

constexpr std::size_t kReadBuffer = std::size_t{64} * 1024;

/// libuv's writes raise SIGPIPE. A program that handles it itself is left alone.
void ignore_sigpipe() noexcept {
  static const bool once = [] {
    struct sigaction action{};
    sigaction(SIGPIPE, nullptr, &action);
    if (action.sa_handler == SIG_DFL) signal(SIGPIPE, SIG_IGN);
    return true;
  }();
  static_cast<void>(once);
}

Handle<uv_tcp_t> make_tcp() {
  ignore_sigpipe();
  uv_loop_t* loop = Loop::current().uv();
  Handle<uv_tcp_t> tcp([&](uv_tcp_t* handle) { return uv_tcp_init(loop, handle); });
  check_uv(tcp.status(), "cannot make a socket");
  return tcp;
}

Handle<uv_pipe_t> make_pipe() {
  ignore_sigpipe();
  uv_loop_t* loop = Loop::current().uv();
  Handle<uv_pipe_t> pipe([&](uv_pipe_t* handle) { return uv_pipe_init(loop, handle, 0); });
  check_uv(pipe.status(), "cannot make a socket");
  return pipe;
}

Task<Socket> open_tcp(IpAddress address) {
  using Connect = UvRequest<uv_connect_t>;
  Handle<uv_tcp_t> tcp = make_tcp();
  Connect connect([&](uv_connect_t* request) {
    return uv_tcp_connect(request, tcp.get(), address.get(), Connect::completed<>);
  });
  const int status = co_await connect;
  if (status < 0) check_uv(status, "cannot connect to " + address.to_string());
  uv_tcp_nodelay(tcp.get(), 1);
  co_return Socket(std::move(tcp));
}

Task<Socket> open_tcp_until(IpAddress address, TimePoint due) {
  try {
    co_return co_await with_deadline(due, open_tcp(address));
  } catch (const Timeout&) {
    throw std::system_error(UV_ETIMEDOUT, uv_category(),
                            "cannot connect to " + address.to_string());
  }
}

}  // namespace

uv_stream_t* stream_of(const Socket& socket) noexcept {
  return std::visit([](const auto& handle) { return reinterpret_cast<uv_stream_t*>(handle.get()); },
                    socket);
}

void close(Socket& socket) noexcept {
  std::visit([](auto& handle) { handle.close(); }, socket);
}

Task<Socket> open_tcp(std::vector<IpAddress> addresses) {
  assert(!addresses.empty());
  std::exception_ptr error;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const TimePoint now = Loop::current().now();
    const Duration share = (current_deadline() - now) / static_cast<int>(addresses.size() - i);
    try {
      co_return co_await open_tcp_until(addresses[i], now + share);
    } catch (const std::system_error&) {
      error = std::current_exception();
    }
  }
  std::rethrow_exception(error);
}

Task<Socket> open_unix(std::string path) {
  using Connect = UvRequest<uv_connect_t>;
  const std::string what = "cannot connect to " + path;
  if (path.size() >= sizeof(sockaddr_un::sun_path)) check_uv(UV_ENAMETOOLONG, what);
  Handle<uv_pipe_t> pipe = make_pipe();
  Connect connect([&](uv_connect_t* request) {
    uv_pipe_connect(request, pipe.get(), path.c_str(), Connect::completed<>);
    return 0;
  });
  check_uv(co_await connect, what);
  co_return Socket(std::move(pipe));
}

Socket adopt_tcp(Fd fd) {
  Handle<uv_tcp_t> tcp = make_tcp();
  check_uv(uv_tcp_open(tcp.get(), fd.get()), "cannot use a socket");
  static_cast<void>(fd.release());
  uv_tcp_nodelay(tcp.get(), 1);
  return tcp;
}

Socket adopt_unix(Fd fd) {
  Handle<uv_pipe_t> pipe = make_pipe();
  check_uv(uv_pipe_open(pipe.get(), fd.get()), "cannot use a socket");
  static_cast<void>(fd.release());
  return pipe;
}

void lend_read_buffer(uv_handle_t*, std::size_t, uv_buf_t* buffer) {
  thread_local const std::unique_ptr<char[]> bytes(new char[kReadBuffer]);
  *buffer = uv_buf_init(bytes.get(), kReadBuffer);
}

}  // namespace penstock::async
