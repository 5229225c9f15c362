// LoopWatch: finds the tasks that keep a loop from all others, in debug mode.
#pragma once

#include <cstddef>
#include <functional>
#include <source_location>
#include <string>
#include <string_view>

#include "penstock/async/clock.hpp"

namespace penstock::async {

/// One resumption of a task, or one turn of many, that took long.
struct SlowStep {
  Duration took;
  std::string task;           // its name; empty for a turn none of whose tasks was slow
  std::source_location from;  // the co_await at which it was resumed; line 0: its start
  std::source_location to;    // where it came to wait; line 0: it ended, or does not wait
  std::size_t resumptions;    // 1, or those of the turn

  /// "task fetch kept the loop for 120 ms, from FUNCTION FILE:LINE to FUNCTION FILE:LINE"
  std::string to_string() const;
};

class LoopWatch {
 public:
  using Report = std::function<void(const SlowStep&)>;

  LoopWatch(Duration slow, Report report);

  void step_begins(std::string_view task, const std::source_location& from);
  void step_ends(const std::source_location& to);
  void turn_begins() noexcept;
  void turn_ends(std::size_t resumptions);

 private:
  const Duration slow_;
  const Report report_;
  SlowStep step_{};
  TimePoint step_began_;
  TimePoint turn_began_;
  bool reported_ = false;  // a step of this turn
};

}  // namespace penstock::async
