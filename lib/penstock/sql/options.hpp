// How an engine deals with its database. The names are SQLAlchemy's where it has one.
#pragma once

#include <cstddef>
#include <cstdint>

#include "penstock/async/clock.hpp"
#include "penstock/async/retry.hpp"

namespace penstock::sql {

struct Options {
  /// How many connections may stay open unused.
  std::size_t pool_size = 5;
  /// How many more may be open in times of need; they are closed as they come back.
  std::size_t max_overflow = 10;
  /// How many tasks may wait for a connection; one more fails with PoolOverflow.
  std::size_t max_waiters = 1000;
  /// How long a task waits for a connection: for one to come free, and for the server to be there.
  async::Duration pool_timeout = std::chrono::seconds(30);
  /// A connection older than this is not used again. Duration::max(): none is too old.
  async::Duration pool_recycle = async::Duration::max();
  /// Ask a connection whether it is alive before it is used again, by one round trip, if it lay
  /// unused for `pre_ping_after` or if something has arrived on it. One that the server has closed
  /// is noticed without asking, with or without this.
  bool pre_ping = true;
  async::Duration pre_ping_after = std::chrono::seconds(1);

  /// For one attempt to connect, all addresses of a name together; and for one pre-ping.
  async::Duration connect_timeout = std::chrono::seconds(5);
  /// Between attempts while the server is away; only one task tries at a time.
  async::Backoff retry{std::chrono::milliseconds(100), std::chrono::seconds(5)};
  /// PostgreSQL's statement_timeout, set on each new connection. Zero: left as it is.
  async::Duration statement_timeout{};
  /// For the ROLLBACK of a session that ends inside a transaction, and for a COMMIT that was under
  /// way when its task was cancelled. What takes longer costs the connection.
  async::Duration finish_timeout = std::chrono::seconds(5);
  /// How long a connection that is being closed may hold on to its place in the pool, while the
  /// server still works for it.
  async::Duration close_timeout = std::chrono::seconds(10);

  /// Statements that each connection keeps prepared, the least recently used going first. 0: none,
  /// as behind a PgBouncer that pools transactions.
  std::size_t statement_cache = 256;
  /// Of the jitter. 0: from the system.
  std::uint64_t seed = 0;
};

}  // namespace penstock::sql
