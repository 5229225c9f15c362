#include "penstock/log/fd_sink.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace penstock::log {

FdSink::FdSink(int fd, Flow& flow)
    : fd_(fcntl(fd, F_DUPFD_CLOEXEC, 3)), kind_(kind_of(fd_)), flow_(flow) {}

FdSink::~FdSink() {
  if (fd_ >= 0) close(fd_);
}

FdSink::Kind FdSink::kind_of(int fd) noexcept {
  struct stat status{};
  if (fstat(fd, &status) != 0 || S_ISREG(status.st_mode)) return Kind::kFile;
  return S_ISSOCK(status.st_mode) ? Kind::kSocket : Kind::kPipe;
}

void FdSink::sink_it_(const spdlog::details::log_msg& line) {
  waiting_.append(line.payload.data(), line.payload.size());
}

void FdSink::flush_() {
  if (waiting_.empty()) return;
  // A line that was given up half-way must not run into the next one.
  if (std::exchange(torn_, false)) waiting_.insert(0, 1, '\n');
  std::string_view rest = waiting_;
  while (fd_ >= 0 && !rest.empty() && flow_.wait_writable(fd_) && write_some(rest)) {
  }
  give_up(rest);
  waiting_.clear();
}

// Takes what was written off `rest`; false if the reader is gone.
bool FdSink::write_some(std::string_view& rest) noexcept {
  const std::size_t sure =
      kind_ == Kind::kPipe ? std::min<std::size_t>(rest.size(), PIPE_BUF) : rest.size();
  const ssize_t written = kind_ == Kind::kSocket
                              ? send(fd_, rest.data(), sure, MSG_DONTWAIT | MSG_NOSIGNAL)
                              : write(fd_, rest.data(), sure);
  if (written < 0) return errno == EAGAIN || errno == EINTR;
  rest.remove_prefix(static_cast<std::size_t>(written));
  return true;
}

void FdSink::give_up(std::string_view rest) noexcept {
  if (rest.empty()) return;
  torn_ = rest.size() < waiting_.size() && waiting_[waiting_.size() - rest.size() - 1] != '\n';
  flow_.lose(static_cast<std::uint64_t>(std::ranges::count(rest, '\n')));
}

}  // namespace penstock::log
