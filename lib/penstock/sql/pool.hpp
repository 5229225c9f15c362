// Pool: the connections of an engine, and who has them.
//
//               a place, first come, first served
//   acquire() ────────────────────────────────────► an idle connection, the latest used first
//                                                   or a new one
//   Lease dies ──► idle, if it is clean and there is room
//              └─► closed; its place is free when the server has hung up
//
// There are pool_size + max_overflow places. One is held by every connection that is leased, being
// made or being closed; idle ones hold none, and a new one is made only when none is idle. So there
// are never more connections than places.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "penstock/async/semaphore.hpp"
#include "penstock/async/task.hpp"
#include "penstock/sql/closer.hpp"
#include "penstock/sql/connection.hpp"
#include "penstock/sql/options.hpp"
#include "penstock/sql/pace.hpp"

namespace penstock::sql {

class Lease;

/// What an engine has to say of its connections.
struct Stats {
  std::uint64_t leases = 0;   ///< given out since the beginning
  std::uint64_t returns = 0;  ///< of those, come back
  std::uint64_t opened = 0;   ///< connections made since the beginning
  std::size_t idle = 0;
  std::size_t in_use = 0;   ///< leased, or being made for somebody
  std::size_t closing = 0;  ///< until the server has hung up
  std::size_t waiting = 0;  ///< tasks without a place
  /// At the server's.
  std::size_t connections() const noexcept { return idle + in_use + closing; }
};

class Pool {
 public:
  Pool(Target target, Options options);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  /// REQUIRES: no lease is out. Closes what is idle, without waiting for the server.
  ~Pool();

  /// Errors: PoolTimeout, PoolOverflow; ConnectionError when the server is away for as long, or at
  /// once when it refuses in a way that waiting does not mend. Cancellation: at once.
  async::Task<std::unique_ptr<Lease>> acquire();

  /// Waits until every lease has come back and every connection is closed; nothing is leased from
  /// now on. Cancellation: at once.
  async::Task<> close();

  const Options& options() const noexcept { return options_; }
  Stats stats() const noexcept;

 private:
  friend class Lease;

  async::Task<std::unique_ptr<Lease>> take();
  async::Task<bool> reuse(Lease& lease);
  async::Task<bool> alive(Connection& connection);
  async::Task<bool> open(Lease& lease);
  bool too_old(const Connection& connection) const noexcept;
  void put_back(Lease& lease) noexcept;
  void give_up(Lease& lease) noexcept;
  void check_open() const;
  [[noreturn]] void timed_out() const;

  const Target target_;
  const Options options_;
  Pace pace_;
  async::Semaphore places_;
  std::vector<std::unique_ptr<Connection>> idle_;  // the latest used last
  Closer closer_;
  std::uint64_t leases_ = 0;
  std::uint64_t returns_ = 0;
  std::uint64_t opened_ = 0;
  std::size_t in_use_ = 0;
  std::size_t waiting_ = 0;
  bool closed_ = false;
};

}  // namespace penstock::sql
