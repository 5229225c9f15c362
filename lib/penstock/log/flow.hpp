// Flow: what a sink and those who depend on it share: how long the sink may wait for its reader,
// whether it is alive, and what it lost.
#pragma once

#include <atomic>
#include <cstdint>

#include "penstock/async/clock.hpp"

namespace penstock::log {

class Flow {
 public:
  /// Waits until `fd` takes bytes or reports an error; false when the deadline comes first. After
  /// the deadline it only looks.
  bool wait_writable(int fd) noexcept;

  /// From now on nothing waits beyond `deadline`; a wait under way notices within its next slice.
  void limit(async::TimePoint deadline) noexcept {
    deadline_ = deadline.time_since_epoch().count();
  }

  void beat() noexcept { beats_.fetch_add(1, std::memory_order_relaxed); }
  std::uint64_t beats() const noexcept { return beats_.load(std::memory_order_relaxed); }

  /// Counts lines that the reader will never see.
  void lose(std::uint64_t lines) noexcept { lost_.fetch_add(lines, std::memory_order_relaxed); }
  std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

 private:
  int slice_ms() const noexcept;

  std::atomic<async::Duration::rep> deadline_ = async::TimePoint::max().time_since_epoch().count();
  std::atomic<std::uint64_t> beats_ = 0;
  std::atomic<std::uint64_t> lost_ = 0;
};

}  // namespace penstock::log
