// RedisClock: what Redis' clock reads now, as far as we know. The clock that counts for due times,
// ages and deaths is Redis' own; between two readings ours carries it on.
#pragma once

#include "penstock/async/clock.hpp"
#include "penstock/job/ulid.hpp"

namespace penstock::job {

class RedisClock {
 public:
  /// Redis said `time` in an answer that arrived at `at`.
  void read(Time time, async::TimePoint at) noexcept {
    time_ = time;
    at_ = at;
    known_ = true;
  }

  /// Before the first reading: the system's clock.
  Time now(async::TimePoint at) const noexcept {
    using std::chrono::floor;
    using std::chrono::milliseconds;
    if (!known_) return floor<milliseconds>(std::chrono::system_clock::now());
    return time_ + floor<milliseconds>(at - at_);
  }

 private:
  Time time_{};
  async::TimePoint at_{};
  bool known_ = false;
};

}  // namespace penstock::job
