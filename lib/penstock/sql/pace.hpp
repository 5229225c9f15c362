// Pace: while the server is away one task at a time tries to connect, after a pause that grows, and
// the log hears of it once in a while. When it is back all may connect at once.
#pragma once

#include <optional>
#include <random>
#include <string>

#include "penstock/async/retry.hpp"
#include "penstock/async/semaphore.hpp"
#include "penstock/async/task.hpp"
#include "penstock/sql/error.hpp"
#include "penstock/sql/options.hpp"

namespace penstock::sql {

class Pace {
 public:
  /// `server` is for the log.
  Pace(const Options& options, std::string server);

  /// Waits until the caller may try. Empty when there is no need to wait for anybody; else nobody
  /// else may try until it dies. Order: first come, first served. Cancellation: at once.
  async::Task<async::Semaphore::Permit> turn();

  void succeeded();
  void failed(const ConnectionError& error);

  /// Why the last attempt failed, while the server is away.
  const std::optional<std::string>& reason() const noexcept { return reason_; }

 private:
  async::Backoff backoff_;
  std::string server_;
  std::mt19937_64 random_;
  async::Semaphore one_{1};
  std::optional<std::string> reason_;
  unsigned failures_ = 0;
  async::TimePoint next_{};
  async::TimePoint spoke_{};
};

}  // namespace penstock::sql
