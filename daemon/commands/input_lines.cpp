#include "daemon/commands/input_lines.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace penstock::commands {
namespace {

// What a pipe holds at most, unless told otherwise.
constexpr std::size_t kChunk = 64UZ * 1024;

/// At least a byte, or nothing at the end. Blocks.
std::string read_some(int fd) {
  std::string bytes(kChunk, '\0');
  ssize_t got = -1;
  do got = ::read(fd, bytes.data(), bytes.size());
  while (got < 0 && errno == EINTR);
  if (got < 0) throw std::system_error(errno, std::generic_category(), "cannot read the input");
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

}  // namespace

async::Task<std::optional<std::vector<std::string>>> InputLines::next() {
  if (ended_) co_return std::nullopt;
  const std::string bytes =
      co_await async::to_thread(reader_, [fd = fd_] { return read_some(fd); });
  if (!bytes.empty()) co_return take_lines(bytes);
  ended_ = true;
  if (begun_.empty()) co_return std::nullopt;
  co_return std::vector{std::exchange(begun_, {})};
}

bool InputLines::paused() const {
  pollfd input{.fd = fd_, .events = POLLIN, .revents = 0};
  return ::poll(&input, 1, 0) == 0;
}

std::vector<std::string> InputLines::take_lines(std::string_view bytes) {
  std::vector<std::string> lines;
  for (std::size_t end = bytes.find('\n'); end != bytes.npos; end = bytes.find('\n')) {
    go_on(bytes.substr(0, end));
    lines.push_back(std::exchange(begun_, {}));
    bytes.remove_prefix(end + 1);
  }
  go_on(bytes);
  return lines;
}

void InputLines::go_on(std::string_view bytes) {
  begun_ += bytes.substr(0, kept_ - begun_.size());
}

}  // namespace penstock::commands
