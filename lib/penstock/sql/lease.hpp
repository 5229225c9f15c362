// Lease: the use of one connection, for one task at a time, with the transactions on it.
//
// A connection on which something was cut short is given up there and then, not when the lease
// ends: its query stops at the server, and what is asked of the lease later fails.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "penstock/async/semaphore.hpp"
#include "penstock/async/task.hpp"
#include "penstock/sql/connection.hpp"
#include "penstock/sql/pool.hpp"
#include "penstock/sql/transaction_options.hpp"

namespace penstock::sql {

class Lease {
 public:
  Lease(Pool& pool, async::Semaphore::Permit place) noexcept;
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease();

  /// Errors: Error; SessionBusy.
  async::Task<Result> run(Statement statement);

  /// Sends `statement` for next_row() to fetch what it gives. Errors: Error; SessionBusy.
  async::Task<> start_stream(Statement statement);
  /// std::nullopt after the last row, and from then on.
  async::Task<std::optional<Row>> next_row();
  /// Nobody will fetch the rest: whatever is asked next drops it first.
  void abandon_stream() noexcept { streaming_ = false; }

  /// BEGIN, or a savepoint when a transaction is open. Errors: Error; std::logic_error for a
  /// savepoint with options.
  async::Task<> begin(TransactionOptions options);
  /// Ends what the last begin() began. Errors: Error; then it is rolled back, unless
  /// may_have_run(). Cancellation: rolled back when it came before the COMMIT was sent; a COMMIT
  /// under way is waited for, within Options::finish_timeout.
  async::Task<> commit();
  /// The same. Does not throw; shielded, within Options::finish_timeout. What cannot be rolled back
  /// in time is given up, and rolled back by the server.
  async::Task<> rollback();
  /// Rolls back whatever is open. A stream that was broken off costs the connection.
  async::Task<> rollback_all();

  /// The connection is closed, and its place given back with it once the server has hung up. A dead
  /// one leaves the place with the lease.
  void give_up() noexcept;

  bool has_place() const noexcept { return static_cast<bool>(place_); }
  int server_pid() const { return connection().pid(); }

 private:
  friend class Pool;
  class Use;

  Connection& connection() const;
  async::Task<> command(std::string text);
  async::Task<> finish(std::string text);
  async::Task<> undo();
  std::string savepoint() const;

  Pool& pool_;
  async::Semaphore::Permit place_;
  std::unique_ptr<Connection> connection_;
  unsigned depth_ = 0;  // transactions open, savepoints included
  bool counted_ = false;
  bool busy_ = false;
  bool streaming_ = false;
};

}  // namespace penstock::sql
