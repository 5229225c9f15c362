// Supervisor: what systemd is told of the daemon (sd_notify), and the watchdog's food.
//
// The watchdog is fed only when the work really moves: the loop turns (or this would not run), no
// lane sits on buffered jobs with free workers and free slots, and the log's thread writes. A Redis
// that is away or a handler that is slow starves nothing: they are none of the daemon's illness.
#pragma once

#include <map>
#include <string>

#include "penstock/job/instance.hpp"

namespace penstock::service {

class Supervisor {
 public:
  explicit Supervisor(job::Instance& instance) noexcept : instance_(instance) {}

  /// Reports and feeds until cancelled. Does nothing where nobody supervises.
  async::Task<> run();

  void ready();
  void reloading();
  void reloaded();
  /// A stop has begun that takes at most `patience`: systemd is asked for that much once, so that
  /// a stop which hangs ends as the unit says.
  void stopping(std::chrono::milliseconds patience);

 private:
  std::string status() const;
  bool moves();
  void report_status();

  job::Instance& instance_;
  std::string last_status_;
  std::map<std::string, std::uint64_t> steps_;  // of each lane, at the last look
  std::uint64_t log_beats_ = 0;
  bool stopping_ = false;
};

}  // namespace penstock::service
