#include "penstock/async/listener.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <system_error>

#include "penstock/async/listener_state.hpp"
#include "penstock/async/uv_error.hpp"

namespace penstock::async {
namespace {

using detail::ListenerState;

void check(bool good, const std::string& name) {
  if (!good) check_uv(-errno, "cannot listen on " + name);
}

Fd make_socket(int family, const std::string& name) {
  Fd fd(socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  check(static_cast<bool>(fd), name);
  return fd;
}

/// `address` with the port that the kernel chose, if it was to choose one.
IpAddress bound_address(const Fd& fd, const IpAddress& address) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* bound = reinterpret_cast<sockaddr*>(&storage);
  return getsockname(fd.get(), bound, &size) == 0 ? IpAddress(*bound) : address;
}

Listener listen_on(const IpAddress& address, const ListenOptions& options) {
  const std::string name = address.to_string();
  Fd fd = make_socket(address.get()->sa_family, name);
  const int yes = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (options.reuse_port) setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
  check(bind(fd.get(), address.get(), address.size()) == 0, name);
  check(listen(fd.get(), options.backlog) == 0, name);
  std::string bound_name = bound_address(fd, address).to_string();
  return {std::move(fd), std::move(bound_name)};
}

/// True when `address` is that of a socket file left behind: it refuses.
bool abandoned(const sockaddr_un& address) noexcept {
  const Fd probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto* named = reinterpret_cast<const sockaddr*>(&address);
  return probe && connect(probe.get(), named, sizeof address) != 0 && errno == ECONNREFUSED;
}

/// 0, or the error.
int bind_path(const Fd& fd, const sockaddr_un& address) noexcept {
  const auto* named = reinterpret_cast<const sockaddr*>(&address);
  return bind(fd.get(), named, sizeof address) == 0 ? 0 : errno;
}

}  // namespace

Listener::Listener(Fd fd, std::string name, std::string own_path)
    : state_(std::make_unique<ListenerState>(std::move(fd), std::move(name), std::move(own_path))) {
}
Listener::Listener(Listener&& other) noexcept = default;
Listener& Listener::operator=(Listener&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}
Listener::~Listener() = default;

Listener::Accept Listener::accept() noexcept {
  return Accept(*state_);
}

void Listener::close() noexcept {
  state_->close();
}

const std::string& Listener::name() const noexcept {
  return state_->name();
}

std::uint16_t Listener::port() const noexcept {
  return state_->port();
}

Task<Listener> listen_tcp(std::string host, std::uint16_t port, ListenOptions options) {
  const std::vector<IpAddress> addresses = co_await resolve(std::move(host), port);
  std::exception_ptr error;  // a host that was resolved has an address
  for (const IpAddress& address : addresses) {
    try {
      co_return listen_on(address, options);
    } catch (const std::system_error&) {
      error = std::current_exception();
    }
  }
  std::rethrow_exception(error);
}

Listener listen_unix(const std::string& path, ListenOptions options) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) check_uv(UV_ENAMETOOLONG, "cannot listen on " + path);
  path.copy(address.sun_path, path.size());
  Fd fd = make_socket(AF_UNIX, path);
  int error = bind_path(fd, address);
  if (error == EADDRINUSE && abandoned(address)) {
    unlink(path.c_str());
    error = bind_path(fd, address);
  }
  check_uv(-error, "cannot listen on " + path);
  check(listen(fd.get(), options.backlog) == 0, path);
  return {std::move(fd), path, path};
}

}  // namespace penstock::async
