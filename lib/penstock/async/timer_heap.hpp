// Everything that is due at a moment of the loop's clock: sleeps and deadlines. One heap per loop,
// and one alarm under it, so that a sleep is cancelled by unlinking and never needs a uv_close.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "penstock/async/clock.hpp"

namespace penstock::async {

/// Something due at a time. Owned by whoever waits; must be cancelled, or have fired, before it
/// dies.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  bool scheduled() const noexcept { return index_ != kNowhere; }
  TimePoint due() const noexcept { return due_; }

 protected:
  virtual ~Timer();

 private:
  friend class TimerHeap;
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

  /// Runs on the loop when the timer is due, already unlinked. May schedule and cancel timers.
  virtual void on_timer() noexcept = 0;

  TimePoint due_{};
  std::uint64_t sequence_ = 0;  // equal due times fire in the order they were scheduled
  std::size_t index_ = kNowhere;
};

class TimerHeap {
 public:
  bool empty() const noexcept { return heap_.empty(); }
  TimePoint earliest() const noexcept { return heap_.front()->due_; }

  void schedule(Timer& timer, TimePoint due);
  void cancel(Timer& timer) noexcept;

  /// Fires what is due at `now`, earliest first. Timers scheduled meanwhile wait for the next call.
  void fire(TimePoint now) noexcept;

 private:
  static bool before(const Timer& a, const Timer& b) noexcept;
  void place(std::size_t index, Timer* timer) noexcept;
  void sift_up(std::size_t index) noexcept;
  void sift_down(std::size_t index) noexcept;

  std::vector<Timer*> heap_;
  std::uint64_t next_sequence_ = 0;
};

}  // namespace penstock::async
