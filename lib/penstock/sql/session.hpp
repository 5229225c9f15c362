// Session: one connection of an engine, and what can be asked on it; Transaction: the same inside a
// transaction.
//
//   User user = co_await session.query_one<User>("select id, name from users where id = $1", id);
//   co_await session.transaction([&](sql::Transaction& tx) -> async::Task<> {
//     co_await tx.execute("update accounts set sum = sum - $1 where id = $2", sum, from);
//     co_await tx.execute("update accounts set sum = sum + $1 where id = $2", sum, to);
//   });  // committed; or rolled back, if the body threw or was cancelled
//
// Outside of a transaction each statement stands for itself. A session does one thing at a time.
// What a statement sets for the connection (SET, temporary tables, advisory locks) stays with it
// and meets whoever has it next: use SET LOCAL, in a transaction.
//
// Deliberately absent: LISTEN/NOTIFY and COPY, which need a connection of their own kind; several
// statements in one text; objects that know how they are stored.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "penstock/sql/error.hpp"
#include "penstock/sql/lease.hpp"
#include "penstock/sql/outcome.hpp"
#include "penstock/sql/result.hpp"
#include "penstock/sql/statement.hpp"
#include "penstock/sql/transaction_options.hpp"

namespace penstock::sql {

class Transaction;

/// Rows as they come, in bounded memory. Dropped before its end, the rest is received and thrown
/// away before the session's next query; a session that ends so closes its connection instead.
/// REQUIRES: the session outlives it.
class Stream {
 public:
  explicit Stream(Lease& lease) noexcept : lease_(&lease) {}
  Stream(Stream&& other) noexcept : lease_(std::exchange(other.lease_, nullptr)) {}
  Stream& operator=(Stream&& other) noexcept {
    std::swap(lease_, other.lease_);
    return *this;
  }
  ~Stream() {
    if (lease_ != nullptr) lease_->abandon_stream();
  }

  /// The next row; std::nullopt after the last. Errors: Error; it may come after rows.
  /// Cancellation: at once; the query is stopped and the connection closed.
  async::Task<std::optional<Row>> next() { return lease_->next_row(); }

 private:
  Lease* lease_;
};

/// What a session and a transaction have in common. Each takes SQL with $1, $2 … and the values for
/// them (statement.hpp), or a Statement. What is passed may die at once.
///
/// Errors: Error; SessionBusy; what Parameters::add() throws, at the call.
/// Cancellation: at once; a query under way is stopped at the server, and the connection closed: it
/// is never used again.
class Queries {
 public:
  /// All rows.
  template <class... Args>
  async::Task<Result> query(std::string_view text, const Args&... arguments) {
    return lease_->run(bind(text, arguments...));
  }
  async::Task<Result> query(Statement statement) { return lease_->run(std::move(statement)); }

  /// All rows as Row::as<T>() has them.
  template <class T, class... Args>
  async::Task<std::vector<T>> query_all(std::string_view text, const Args&... arguments) {
    return all_of<T>(bind(text, arguments...));
  }
  template <class T>
  async::Task<std::vector<T>> query_all(Statement statement) {
    return all_of<T>(std::move(statement));
  }

  /// The one row that there must be, as Row::as<T>() has it. Errors: also RowCountError.
  template <class T = Row, class... Args>
  async::Task<T> query_one(std::string_view text, const Args&... arguments) {
    return one_of<T>(bind(text, arguments...));
  }

  /// The same, or std::nullopt when there is none. Errors: RowCountError when there are several.
  template <class T = Row, class... Args>
  async::Task<std::optional<T>> query_optional(std::string_view text, const Args&... arguments) {
    return optional_of<T>(bind(text, arguments...));
  }

  /// The one column of the one row.
  template <class T, class... Args>
  async::Task<T> query_value(std::string_view text, const Args&... arguments) {
    return value_of<T>(bind(text, arguments...));
  }

  /// How many rows were inserted, updated or deleted.
  template <class... Args>
  async::Task<std::uint64_t> execute(std::string_view text, const Args&... arguments) {
    return affected_by(bind(text, arguments...));
  }
  async::Task<std::uint64_t> execute(Statement statement) {
    return affected_by(std::move(statement));
  }

  /// Rows one by one.
  template <class... Args>
  async::Task<Stream> stream(std::string_view text, const Args&... arguments) {
    return stream_of(bind(text, arguments...));
  }

  /// Runs `body(transaction)`, which returns a Task, and returns what that returns, once it is
  /// committed. When the body throws it is rolled back, and so it is when cancelled before the
  /// COMMIT is sent; one under way is waited for within Options::finish_timeout, and counts. Inside
  /// a transaction it is a savepoint, and may have no options. Errors: also ConnectionError that
  /// may_have_run(), when it is not known what became of the COMMIT.
  template <class Body>
  std::invoke_result_t<Body&, Transaction&> transaction(Body body) {
    return transaction(TransactionOptions(), std::move(body));
  }
  template <class Body>
  std::invoke_result_t<Body&, Transaction&> transaction(TransactionOptions options, Body body);

  /// The process of the server that serves this connection: pg_stat_activity.pid. Errors:
  /// ConnectionError.
  int server_pid() const { return lease_->server_pid(); }

 protected:
  explicit Queries(Lease& lease) noexcept : lease_(&lease) {}
  Queries(const Queries&) = default;
  Queries& operator=(const Queries&) = default;
  ~Queries() = default;

 private:
  template <class... Args>
  static Statement bind(std::string_view text, const Args&... arguments) {
    return {.text = std::string(text), .parameters = Parameters(std::in_place, arguments...)};
  }

  async::Task<std::optional<Row>> at_most_one(Statement statement);
  async::Task<Row> exactly_one(Statement statement);
  async::Task<std::uint64_t> affected_by(Statement statement);
  async::Task<Stream> stream_of(Statement statement);

  /// What a row becomes outlives it, so it is no view into it.
  template <class T>
  static constexpr bool is_lasting = !std::is_same_v<T, std::string_view>;

  template <class T>
  async::Task<std::vector<T>> all_of(Statement statement) {
    static_assert(is_lasting<T>);
    const Result result = co_await lease_->run(std::move(statement));
    co_return result.as<T>();
  }
  template <class T>
  async::Task<T> one_of(Statement statement) {
    static_assert(is_lasting<T>);
    const Row row = co_await exactly_one(std::move(statement));
    co_return row.as<T>();
  }
  template <class T>
  async::Task<std::optional<T>> optional_of(Statement statement) {
    static_assert(is_lasting<T>);
    const std::optional<Row> row = co_await at_most_one(std::move(statement));
    if (!row) co_return std::nullopt;
    co_return row->as<T>();
  }
  template <class T>
  async::Task<T> value_of(Statement statement) {
    static_assert(is_lasting<T>);
    const Row row = co_await exactly_one(std::move(statement));
    co_return std::get<0>(row.as<std::tuple<T>>());
  }

  Lease* lease_;
};

/// Begun by transaction(), and valid inside its body.
class Transaction : public Queries {
 public:
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

 private:
  friend class Queries;
  explicit Transaction(Lease& lease) noexcept : Queries(lease) {}
};

template <class Body>
std::invoke_result_t<Body&, Transaction&> Queries::transaction(TransactionOptions options,
                                                               Body body) {
  using T = typename std::invoke_result_t<Body&, Transaction&>::value_type;
  co_await lease_->begin(options);
  Transaction transaction(*lease_);
  auto outcome = co_await detail::Outcome<T>::of(body(transaction));
  if (outcome.failed()) {
    co_await lease_->rollback();
  } else {
    co_await lease_->commit();
  }
  co_return outcome.take();
}

/// From Engine::session(), or Engine::connect(). When it dies its connection goes back to the pool;
/// inside a transaction of the caller's own making ("begin" as a statement) it is closed instead,
/// which rolls back too, unless close() comes first.
class Session : public Queries {
 public:
  explicit Session(std::unique_ptr<Lease> lease) noexcept
      : Queries(*lease), lease_(std::move(lease)) {}

  /// Rolls back what is open. Shielded, within Options::finish_timeout; does not throw. Afterwards
  /// the session may only be destroyed.
  async::Task<> close();

 private:
  std::unique_ptr<Lease> lease_;
};

}  // namespace penstock::sql
