// Handler: what runs a job.
#pragma once

#include <chrono>
#include <string_view>

#include "penstock/async/event.hpp"
#include "penstock/async/task.hpp"
#include "penstock/job/envelope.hpp"
#include "penstock/job/outcome.hpp"

namespace penstock::job {

/// One run of a job, as a handler sees it. Outlives the run.
struct Attempt {
  const Job& job;
  std::string_view queue;
  std::string_view instance;
  std::uint32_t number;  // 1 for the first attempt
  std::uint32_t run;     // grows with every start of the job: fences side effects
  std::chrono::system_clock::time_point deadline;
  std::size_t max_result;  // bytes of the result worth keeping
  async::Event& hurry;     // set: a cancel under way must not wait for its grace any longer
};

class Handler {
 public:
  Handler() = default;
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;
  virtual ~Handler() = default;

  /// Runs the job and says how it ended. Errors: an exception is an end too (kind "exception").
  /// Cancellation: ends the work, waits until it has really ended, then throws Cancelled; the lane
  /// decides whether that was a timeout.
  virtual async::Task<HandlerEnd> run(const Attempt& attempt) = 0;
};

}  // namespace penstock::job
