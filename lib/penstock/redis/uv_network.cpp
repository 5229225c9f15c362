#include "penstock/redis/uv_network.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <system_error>

#include "penstock/redis/error.hpp"
#include "penstock/redis/uv_stream.hpp"

namespace penstock::redis {
namespace {

using async::Socket;

/// Keepalive probes after 5 s of silence, one a second, three in vain; and as long for data that is
/// not acknowledged. What a kernel lacks of this it does without.
void detect_dead_peer(const Socket& socket) {
  uv_os_fd_t fd = -1;
  uv_fileno(reinterpret_cast<const uv_handle_t*>(async::stream_of(socket)), &fd);
  const auto set = [fd](int level, int option, int value) {
    setsockopt(fd, level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 5);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 1);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, 8000);
}

async::Task<std::vector<async::IpAddress>> resolve(const Address& address) {
  try {
    co_return co_await async::resolve(address.host, address.port);
  } catch (const std::system_error& error) {
    throw Error(Failure::kUnavailable, error.what());
  }
}

/// The endpoint's label says where to, and stands before the reason.
async::Task<Socket> connected(async::Task<Socket> connecting) {
  try {
    co_return co_await std::move(connecting);
  } catch (const std::system_error& error) {
    throw Error(Failure::kUnavailable, "cannot connect: " + error.code().message());
  }
}

}  // namespace

async::Task<std::unique_ptr<Transport>> UvNetwork::connect(const Address& address) {
  if (address.is_unix_socket())
    co_return std::make_unique<UvStream>(co_await connected(async::open_unix(address.path)));
  Socket socket = co_await connected(async::open_tcp(co_await resolve(address)));
  detect_dead_peer(socket);
  co_return std::make_unique<UvStream>(std::move(socket));
}

}  // namespace penstock::redis
