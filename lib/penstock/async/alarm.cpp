#include "penstock/async/alarm.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace penstock::async {
namespace {

/// What is due within one of these rings once: many timers cost few wake-ups, and none is later
/// than this.
constexpr std::chrono::microseconds kTick{250};

/// Never the clock's zero, which stands for no ring, nor before it, which the kernel refuses: a
/// time that has passed may be older than the machine's start.
TimePoint next_tick(TimePoint due) noexcept {
  const auto since_start = std::max(due.time_since_epoch(), Duration(1));
  const auto ticks = (since_start + kTick - Duration(1)) / kTick;
  return TimePoint(ticks * Duration(kTick));
}

int create_timer() {
  const int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "cannot create a timer");
  return fd;
}

}  // namespace

Alarm::Alarm(uv_loop_t* loop, std::function<void()> ring)
    : fd_(create_timer()), ring_(std::move(ring)) {
  poll_.data = this;
  uv_poll_init(loop, &poll_, fd_);
  uv_poll_start(&poll_, UV_READABLE, [](uv_poll_t* handle, int, int) {
    static_cast<Alarm*>(handle->data)->on_readable();
  });
  uv_unref(reinterpret_cast<uv_handle_t*>(&poll_));
}

Alarm::~Alarm() {
  close(fd_);
}

void Alarm::set(TimePoint due) noexcept {
  const TimePoint tick = next_tick(due);
  if (set_ && *set_ <= tick) return;
  if (!set_) uv_ref(reinterpret_cast<uv_handle_t*>(&poll_));
  set_ = tick;
  program(tick);
}

void Alarm::clear() noexcept {
  if (!set_) return;
  set_.reset();
  uv_unref(reinterpret_cast<uv_handle_t*>(&poll_));
  program(TimePoint());
}

/// At the clock's zero: never. Forgets a ring that has not been read.
void Alarm::program(TimePoint at) noexcept {
  const auto nanoseconds = at.time_since_epoch().count();
  itimerspec spec{};
  spec.it_value = {.tv_sec = nanoseconds / 1'000'000'000, .tv_nsec = nanoseconds % 1'000'000'000};
  timerfd_settime(fd_, TFD_TIMER_ABSTIME, &spec, nullptr);
}

void Alarm::on_readable() noexcept {
  std::uint64_t rings = 0;
  if (read(fd_, &rings, sizeof rings) < 0) return;  // set anew since it rang
  set_.reset();
  uv_unref(reinterpret_cast<uv_handle_t*>(&poll_));
  ring_();
}

}  // namespace penstock::async
