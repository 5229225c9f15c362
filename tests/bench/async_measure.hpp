// The clock and the scales of the rows.
#pragma once

#include <malloc.h>

#include <chrono>

namespace penstock::bench {

/// Counts the nanoseconds since it was made.
class Stopwatch {
 public:
  double per(int count) const {
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin_;
    return took.count() / count;
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// Counts the bytes that the heap has given out since it was made.
class HeapScale {
 public:
  double per(int count) const { return (in_use() - before_) / count; }

 private:
  static double in_use() {
    const struct mallinfo2 heap = mallinfo2();
    return static_cast<double>(heap.uordblks + heap.hblkhd);
  }
  double before_ = in_use();
};

inline constexpr int kMessageBytes = 64;

}  // namespace penstock::bench
