// What can go wrong with a query, sorted by what the caller should do about it.
//
//   Error
//   ├── ServerError       PostgreSQL refused: SQLSTATE, message, detail, the constraint …
//   ├── ConnectionError   there is no connection, or it was lost
//   ├── PoolTimeout       no connection came free in time
//   ├── PoolOverflow      too many wait for one already
//   ├── ConversionError   a value is not what it was asked for as; names the column
//   └── RowCountError     query_one() found none, or several
//
// Any of them can be asked the questions of Error, so that a handler seldom needs the type. No
// error has a password in it.
#pragma once

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

namespace penstock::sql {

class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, std::string sqlstate = {})
      : std::runtime_error(message), sqlstate_(std::move(sqlstate)) {}

  /// Five characters (PostgreSQL's manual, appendix A); empty when the error is not the server's.
  std::string_view sqlstate() const noexcept { return sqlstate_; }
  /// The first two of them.
  std::string_view sqlstate_class() const noexcept { return sqlstate().substr(0, 2); }

  /// The name of the constraint is ServerError::constraint().
  bool unique_violation() const noexcept { return sqlstate_ == "23505"; }
  bool foreign_key_violation() const noexcept { return sqlstate_ == "23503"; }
  bool not_null_violation() const noexcept { return sqlstate_ == "23502"; }
  bool check_violation() const noexcept { return sqlstate_ == "23514"; }
  /// Any of these, and exclusion constraints.
  bool integrity_violation() const noexcept { return sqlstate_class() == "23"; }
  /// The transaction met another one, and may do better when it is tried again from its beginning.
  bool serialization_failure() const noexcept { return sqlstate_ == "40001"; }
  bool deadlock() const noexcept { return sqlstate_ == "40P01"; }
  /// By statement_timeout, or by an administrator.
  bool query_canceled() const noexcept { return sqlstate_ == "57014"; }
  /// NOWAIT, or lock_timeout.
  bool lock_not_available() const noexcept { return sqlstate_ == "55P03"; }

  /// There is no connection, or none any more.
  virtual bool connection_lost() const noexcept { return false; }
  /// True when nobody knows whether the statement ran: the connection went before the answer came.
  virtual bool may_have_run() const noexcept { return false; }
  /// True when waiting and trying again, from the beginning of the transaction, is the right thing;
  /// false when somebody must mend something first.
  virtual bool transient() const noexcept;

 private:
  std::string sqlstate_;
};

/// What PostgreSQL said. what() is its message with the SQLSTATE; the detail, which often has data
/// in it, stands apart.
class ServerError : public Error {
 public:
  struct Fields {
    std::string sqlstate = {};
    std::string message = {};
    std::string detail = {};
    std::string hint = {};
    std::string schema = {};
    std::string table = {};
    std::string column = {};
    std::string constraint = {};
    std::string position = {};  // in the statement, counted from 1, in characters
    std::string routine = {};   // of the server's source
  };

  explicit ServerError(Fields fields);

  const std::string& message() const noexcept { return fields_.message; }
  const std::string& detail() const noexcept { return fields_.detail; }
  const std::string& hint() const noexcept { return fields_.hint; }
  /// Which constraint was violated.
  const std::string& constraint() const noexcept { return fields_.constraint; }
  const std::string& table() const noexcept { return fields_.table; }
  const std::string& column() const noexcept { return fields_.column; }
  const Fields& fields() const noexcept { return fields_; }

 private:
  Fields fields_;
};

class ConnectionError : public Error {
 public:
  enum class Sent : bool { kNo, kPerhaps };
  enum class Remedy : bool { kWait, kMend };

  ConnectionError(const std::string& message, Sent sent, Remedy remedy = Remedy::kWait,
                  std::string sqlstate = {})
      : Error(message, std::move(sqlstate)), sent_(sent), remedy_(remedy) {}

  bool connection_lost() const noexcept override { return true; }
  bool may_have_run() const noexcept override { return sent_ == Sent::kPerhaps; }
  bool transient() const noexcept override { return remedy_ == Remedy::kWait; }

 private:
  Sent sent_;
  Remedy remedy_;
};

class PoolTimeout : public Error {
 public:
  using Error::Error;
  bool transient() const noexcept override { return true; }
};

class PoolOverflow : public Error {
 public:
  using Error::Error;
  bool transient() const noexcept override { return true; }
};

class ConversionError : public Error {
 public:
  ConversionError(std::string_view column, const std::string& what);
  /// Its name; empty when no one column is to blame.
  const std::string& column() const noexcept { return column_; }

 private:
  std::string column_;
};

class RowCountError : public Error {
 public:
  using Error::Error;
};

/// Two tasks used one session at once: a session is one connection, and does one thing at a time.
class SessionBusy : public std::logic_error {
 public:
  SessionBusy() : std::logic_error("the session is in use: one query at a time") {}
};

/// Predicates for async::RetryPolicy::retryable.
bool serialization_failure(const std::exception& error) noexcept;
bool transient(const std::exception& error) noexcept;

}  // namespace penstock::sql
