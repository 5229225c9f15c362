// Connection: one connection of libpq's, driven by the loop.
//
//            open()          send()
//   (made) ─────────► idle ─────────► under way
//                      ▲                  │ the last result was received
//                      └──────────────────┘          dead, from anywhere: the wire broke
//
// A task that is cancelled while something is under way leaves it under way: such a connection is
// of no more use, and its owner closes it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "penstock/async/task.hpp"
#include "penstock/sql/options.hpp"
#include "penstock/sql/pq.hpp"
#include "penstock/sql/result.hpp"
#include "penstock/sql/socket.hpp"
#include "penstock/sql/statement.hpp"
#include "penstock/sql/statement_cache.hpp"
#include "penstock/sql/target.hpp"

namespace penstock::sql {

class Connection {
 public:
  explicit Connection(const Options& options) : cache_(options.statement_cache) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Connects, and makes the settings that `options` ask for. Errors: ConnectionError.
  async::Task<> open(const Target& target, const Options& options);

  /// Sends `statement` and returns what it gave. One whose plan has gone stale (a table was
  /// altered) is repeated where that is safe: outside of a transaction. Errors: Error.
  async::Task<Result> run(const Statement& statement);

  enum class Rows : bool { kTogether, kOneByOne };
  /// Sends `statement`; next() or receive() must follow. REQUIRES: idle.
  async::Task<> send(const Statement& statement, Rows rows = Rows::kTogether);
  /// The next of its results as libpq has them, null after the last. Errors: those of the wire.
  async::Task<PqResult> next();
  /// The last of its results. Called again after a cancellation, it goes on. Errors: Error.
  async::Task<Result> receive();
  /// Throws what `result` says, if it is an error.
  void raise_if_error(const PGresult* result);
  /// Drops what is still to be received.
  async::Task<> drain();

  /// One round trip. Errors: Error.
  async::Task<> ping();

  enum class Sight { kQuiet, kSomething, kGone };
  /// Whether anything has arrived, without reading it. REQUIRES: idle.
  Sight look() const noexcept;

  /// Its socket is closed, or there never was one.
  bool dead() const noexcept { return PQstatus(pq_.get()) == CONNECTION_BAD; }
  /// It could be used by anybody: connected, nothing under way, no transaction open.
  bool clean() const noexcept { return status() == PQTRANS_IDLE; }
  bool under_way() const noexcept { return status() == PQTRANS_ACTIVE; }
  bool in_transaction() const noexcept {
    return status() == PQTRANS_INTRANS || status() == PQTRANS_INERROR;
  }
  /// A statement in it has failed: only a rollback will be heard.
  bool in_failed_transaction() const noexcept { return status() == PQTRANS_INERROR; }

  /// Of the server's process.
  int pid() const noexcept { return PQbackendPID(pq_.get()); }
  async::TimePoint opened_at() const noexcept { return opened_at_; }
  /// When it was last put away.
  async::TimePoint idle_since = {};

  /// Lets go of it, whatever its state.
  PqConnection release() noexcept;

 private:
  PGTransactionStatusType status() const noexcept { return PQtransactionStatus(pq_.get()); }
  async::Task<std::string> prepare(const Statement& statement);
  async::Task<> deallocate_unwanted();
  async::Task<> execute(int sent);
  async::Task<> flush();
  [[noreturn]] void lost(bool sent);
  void check_sent(int sent);

  PqConnection pq_;
  Socket socket_;
  StatementCache cache_;
  std::vector<std::string> unwanted_;  // prepared statements that nobody will use again
  std::string sent_key_;               // of the prepared statement that is under way
  PqResult received_;
  std::string label_;
  async::TimePoint opened_at_{};
};

}  // namespace penstock::sql
