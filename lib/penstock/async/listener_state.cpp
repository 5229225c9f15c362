#include "penstock/async/listener_state.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "penstock/async/loop.hpp"
#include "penstock/async/uv_error.hpp"

namespace penstock::async::detail {
namespace {

/// What accept(2) reports of a connection that failed before it was taken: the next may be well.
bool of_one_connection(int error) noexcept {
  constexpr std::array kPassing{EINTR,     ECONNABORTED, EPROTO,       ENETDOWN,   ENOPROTOOPT,
                                EHOSTDOWN, ENONET,       EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH};
  return std::ranges::find(kPassing, error) != kPassing.end();
}

std::uint16_t port_of(int fd) noexcept {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (getsockname(fd, address, &size) != 0 || storage.ss_family == AF_UNIX) return 0;
  return IpAddress(*address).port();
}

}  // namespace

ListenerState::ListenerState(Fd fd, std::string name, std::string own_path)
    : fd_(std::move(fd)),
      name_(std::move(name)),
      own_path_(std::move(own_path)),
      port_(port_of(fd_.get())) {}

ListenerState::~ListenerState() {
  destroy_unawaited("a listener", waiting_);
  close();
}

std::expected<Accepted, int> ListenerState::try_accept() {
  if (!fd_) return std::unexpected(UV_ENOTCONN);
  sockaddr_storage storage{};
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  for (;;) {
    socklen_t size = sizeof storage;
    Fd fd(accept4(fd_.get(), address, &size, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (fd) return Accepted{std::move(fd), is_tcp() ? IpAddress(*address).to_string() : name_};
    if (!of_one_connection(errno)) return std::unexpected(-errno);
  }
}

void ListenerState::watch() {
  if (poll_) return;
  uv_loop_t* loop = Loop::current().uv();
  poll_ = Handle<uv_poll_t>([&](uv_poll_t* poll) { return uv_poll_init(loop, poll, fd_.get()); });
  check_uv(poll_.status(), "cannot listen on " + name_);
  poll_->data = this;
}

void ListenerState::enqueue(AcceptRequest& request) noexcept {
  waiting_.push_back(request);
  if (uv_is_active(poll_.base()) != 0) return;
  uv_poll_start(poll_.get(), UV_READABLE, [](uv_poll_t* poll, int, int) {
    if (poll->data != nullptr) static_cast<ListenerState*>(poll->data)->on_readable();
  });
}

void ListenerState::left() noexcept {
  if (waiting_.empty()) uv_poll_stop(poll_.get());
}

void ListenerState::on_readable() noexcept {
  while (!waiting_.empty()) {
    std::expected<Accepted, int> accepted = try_accept();
    if (!accepted && accepted.error() == UV_EAGAIN) return;
    AcceptRequest& first = waiting_.pop_front();
    if (accepted) {
      first.accepted_ = std::move(*accepted);
    } else {
      first.status_ = accepted.error();
    }
    first.wake();
  }
  left();
}

void ListenerState::close() noexcept {
  poll_.close();
  fd_.close();
  if (!own_path_.empty()) unlink(std::exchange(own_path_, {}).c_str());
  while (!waiting_.empty()) {
    AcceptRequest& first = waiting_.pop_front();
    first.status_ = UV_ENOTCONN;
    first.wake();
  }
}

bool AcceptRequest::await_ready() {
  if (cancelled_on_entry()) return true;
  if (state_.awaited()) return false;
  std::expected<Accepted, int> accepted = state_.try_accept();
  if (accepted) {
    accepted_ = std::move(*accepted);
  } else if (accepted.error() != UV_EAGAIN) {
    status_ = accepted.error();
  }
  return accepted_.fd || status_ != 0;
}

void AcceptRequest::watch() {
  state_.watch();
}

void AcceptRequest::enqueue() noexcept {
  state_.enqueue(*this);
}

void AcceptRequest::on_cancel() noexcept {
  unlink();
  state_.left();
  wake_cancelled();
}

Stream AcceptRequest::await_resume() {
  throw_if_cancelled();
  if (status_ < 0) check_uv(status_, "cannot accept on " + state_.name());
  Fd fd = std::move(accepted_.fd);
  Socket socket = state_.is_tcp() ? adopt_tcp(std::move(fd)) : adopt_unix(std::move(fd));
  return {std::move(socket), std::move(accepted_.peer)};
}

}  // namespace penstock::async::detail
