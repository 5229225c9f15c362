#include "penstock/log/flow.hpp"

#include <poll.h>

#include <algorithm>

namespace penstock::log {

namespace {

// How late a stalled sink may notice a new deadline. Polling costs 20 wake-ups a second, and only
// while the reader is stuck.
constexpr std::chrono::milliseconds kSlice{50};

}  // namespace

int Flow::slice_ms() const noexcept {
  const async::TimePoint deadline{async::Duration(deadline_.load())};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - async::Clock::now());
  return static_cast<int>(std::clamp(left, std::chrono::milliseconds(0), kSlice).count());
}

bool Flow::wait_writable(int fd) noexcept {
  for (;;) {
    beat();
    const int slice = slice_ms();
    pollfd polled{.fd = fd, .events = POLLOUT, .revents = 0};
    if (poll(&polled, 1, slice) > 0) return true;
    if (slice == 0) return false;
  }
}

}  // namespace penstock::log
