#include "penstock/redis/uv_network.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "penstock/async/resolve.hpp"
#include "penstock/async/timeout.hpp"
#include "penstock/async/uv_request.hpp"
#include "penstock/redis/error.hpp"
#include "penstock/redis/uv_stream.hpp"

namespace penstock::redis {
namespace {

using async::Handle;
using async::UvRequest;

void check(const std::string& what, int status) {
  if (status < 0) throw Error(Failure::kUnavailable, what + ": " + uv_strerror(status));
}

async::Task<std::vector<sockaddr_storage>> resolve(const Address& address) {
  try {
    co_return co_await async::resolve(address.host, address.port);
  } catch (const async::ResolveError& error) {
    throw Error(Failure::kUnavailable, error.what());
  }
}

/// Keepalive probes after 5 s of silence, one a second, three in vain; and as long for data that is
/// not acknowledged. What a kernel lacks of this it does without.
void detect_dead_peer(const uv_tcp_t* tcp) {
  uv_os_fd_t fd = -1;
  uv_fileno(reinterpret_cast<const uv_handle_t*>(tcp), &fd);
  const auto set = [fd](int level, int option, int value) {
    setsockopt(fd, level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 5);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 1);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, 8000);
}

async::Task<std::unique_ptr<Transport>> connect_tcp(sockaddr_storage address) {
  using Connect = UvRequest<uv_connect_t>;
  uv_loop_t* loop = async::Loop::current().uv();
  Handle<uv_tcp_t> tcp([&](uv_tcp_t* handle) { return uv_tcp_init(loop, handle); });
  check("cannot make a socket", tcp.status());
  Connect connect([&](uv_connect_t* request) {
    return uv_tcp_connect(request, tcp.get(), reinterpret_cast<const sockaddr*>(&address),
                          Connect::completed<>);
  });
  check("cannot connect", co_await connect);
  uv_tcp_nodelay(tcp.get(), 1);
  detect_dead_peer(tcp.get());
  co_return std::make_unique<UvStream>(UvSocket(std::move(tcp)));
}

async::Task<std::unique_ptr<Transport>> connect_unix(std::string path) {
  using Connect = UvRequest<uv_connect_t>;
  if (path.size() >= sizeof(sockaddr_un::sun_path)) check(path, UV_ENAMETOOLONG);
  uv_loop_t* loop = async::Loop::current().uv();
  Handle<uv_pipe_t> pipe([&](uv_pipe_t* handle) { return uv_pipe_init(loop, handle, 0); });
  check("cannot make a socket", pipe.status());
  Connect connect([&](uv_connect_t* request) {
    uv_pipe_connect(request, pipe.get(), path.c_str(), Connect::completed<>);
    return 0;
  });
  check("cannot connect", co_await connect);
  co_return std::make_unique<UvStream>(UvSocket(std::move(pipe)));
}

/// The first of `addresses` that answers; each has its share of the time that is left.
async::Task<std::unique_ptr<Transport>> connect_any(std::vector<sockaddr_storage> addresses) {
  std::optional<Error> error;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const async::TimePoint now = async::Loop::current().now();
    const auto share = (async::current_deadline() - now) / static_cast<int>(addresses.size() - i);
    try {
      co_return co_await async::with_deadline(now + share, connect_tcp(addresses[i]));
    } catch (const Error& refused) {
      error = refused;
    } catch (const async::Timeout&) {
      error.emplace(Failure::kUnavailable, "no connection in time");
    }
  }
  throw error ? *error : Error(Failure::kUnavailable, "the name has no address");
}

}  // namespace

UvNetwork::UvNetwork() {
  struct sigaction action{};
  sigaction(SIGPIPE, nullptr, &action);
  if (action.sa_handler == SIG_DFL) signal(SIGPIPE, SIG_IGN);
}

async::Task<std::unique_ptr<Transport>> UvNetwork::connect(const Address& address) {
  if (address.is_unix_socket()) co_return co_await connect_unix(address.path);
  co_return co_await connect_any(co_await resolve(address));
}

}  // namespace penstock::redis
