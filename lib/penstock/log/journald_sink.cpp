#include "penstock/log/journald_sink.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "penstock/log/format.hpp"

namespace penstock::log {

JournaldSink::JournaldSink(std::string path, std::unique_ptr<FdSink> fallback, Flow& flow)
    : path_(std::move(path)), fallback_(std::move(fallback)), flow_(flow) {}

JournaldSink::~JournaldSink() {
  disconnect();
}

void JournaldSink::sink_it_(const spdlog::details::log_msg& line) {
  const std::string_view datagram(line.payload.data(), line.payload.size());
  if (deliver(datagram)) return;
  std::string text;
  append_prefixed_text(text, datagram);
  fallback_->log(spdlog::details::log_msg(line.logger_name, line.level, text));
}

void JournaldSink::flush_() {
  fallback_->flush();
}

// False if the journal cannot be given this line. A journal that was restarted is connected to
// again, once.
bool JournaldSink::deliver(std::string_view datagram) noexcept {
  bool fresh = socket_ < 0;
  while (socket_ >= 0 || connect_socket()) {
    if (send(socket_, datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
      return true;
    }
    if (errno == EAGAIN) {
      if (flow_.wait_writable(socket_)) continue;
      flow_.lose(1);
      return true;
    }
    if (std::exchange(fresh, true) || errno == EMSGSIZE) return false;
    disconnect();
  }
  return false;
}

bool JournaldSink::connect_socket() noexcept {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  if (path_.size() >= sizeof address.sun_path) return false;
  path_.copy(address.sun_path, path_.size());
  socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return false;
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return true;
  }
  disconnect();
  return false;
}

void JournaldSink::disconnect() noexcept {
  if (socket_ >= 0) close(std::exchange(socket_, -1));
}

}  // namespace penstock::log
