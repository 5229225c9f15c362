#include "penstock/sql/connection.hpp"

#include <poll.h>

#include <stdexcept>
#include <utility>

#include "penstock/async/loop.hpp"
#include "penstock/sql/dial.hpp"
#include "penstock/sql/error.hpp"

namespace penstock::sql {
namespace {

using Sent = ConnectionError::Sent;

constexpr int kTextResults = 0;

/// Parameters as libpq takes them.
struct Bound {
  explicit Bound(const Parameters& parameters) {
    for (const Parameters::Value& value : parameters.values()) {
      types.push_back(value.type.oid);
      values.push_back(value.null ? nullptr : value.bytes.data());
      lengths.push_back(static_cast<int>(value.bytes.size()));
      formats.push_back(value.binary ? 1 : 0);
    }
  }
  int count() const noexcept { return static_cast<int>(types.size()); }

  std::vector<Oid> types;
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
};

std::string text_of(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text != nullptr ? text : "";
}

bool is_error(const PGresult* result) noexcept {
  const ExecStatusType status = PQresultStatus(result);
  return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE;
}

ServerError server_error(const PGresult* result) {
  return ServerError({.sqlstate = text_of(result, PG_DIAG_SQLSTATE),
                      .message = text_of(result, PG_DIAG_MESSAGE_PRIMARY),
                      .detail = text_of(result, PG_DIAG_MESSAGE_DETAIL),
                      .hint = text_of(result, PG_DIAG_MESSAGE_HINT),
                      .schema = text_of(result, PG_DIAG_SCHEMA_NAME),
                      .table = text_of(result, PG_DIAG_TABLE_NAME),
                      .column = text_of(result, PG_DIAG_COLUMN_NAME),
                      .constraint = text_of(result, PG_DIAG_CONSTRAINT_NAME),
                      .position = text_of(result, PG_DIAG_STATEMENT_POSITION),
                      .routine = text_of(result, PG_DIAG_SOURCE_FUNCTION)});
}

/// The server refuses a prepared statement because of what it was prepared for, or does not know
/// it any more.
bool is_stale(const ServerError& error) {
  return error.sqlstate() == "26000" || error.fields().routine == "RevalidateCachedQuery";
}

}  // namespace

async::Task<> Connection::open(const Target& target, const Options& options) {
  label_ = target.label();
  co_await dial(pq_, socket_, target, options.connect_timeout);
  opened_at_ = idle_since = async::Loop::current().now();
  const auto timeout =
      std::chrono::ceil<std::chrono::milliseconds>(options.statement_timeout).count();
  if (timeout == 0) co_return;
  const std::string command = "SET statement_timeout = " + std::to_string(timeout);
  co_await execute(PQsendQuery(pq_.get(), command.c_str()));
}

async::Task<Result> Connection::run(const Statement& statement) {
  const bool repeatable = !in_transaction();
  try {
    co_await send(statement);
    co_return co_await receive();
  } catch (const ServerError& error) {
    if (!repeatable || !is_stale(error)) throw;
  }
  co_await send(statement);
  co_return co_await receive();
}

async::Task<> Connection::send(const Statement& statement, Rows rows) {
  if (statement.text.contains('\0')) throw std::invalid_argument("a statement with a zero byte");
  // What is prepared in a failed transaction is refused as everything else is.
  const bool prepared = statement.recurring && cache_.capacity() > 0 && !in_failed_transaction();
  const std::string name = prepared ? co_await prepare(statement) : std::string();
  const Bound bound(statement.parameters);
  received_.reset();
  if (prepared) {
    check_sent(PQsendQueryPrepared(pq_.get(), name.c_str(), bound.count(), bound.values.data(),
                                   bound.lengths.data(), bound.formats.data(), kTextResults));
  } else {
    check_sent(PQsendQueryParams(pq_.get(), statement.text.c_str(), bound.count(),
                                 bound.types.data(), bound.values.data(), bound.lengths.data(),
                                 bound.formats.data(), kTextResults));
  }
  if (rows == Rows::kOneByOne) PQsetSingleRowMode(pq_.get());
  co_await flush();
}

/// The name that the statement is prepared under, now if not before.
async::Task<std::string> Connection::prepare(const Statement& statement) {
  std::string key = StatementCache::key_of(statement);
  sent_key_ = key;
  if (const std::string* name = cache_.find(key)) co_return *name;
  if (auto oldest = cache_.evict()) unwanted_.push_back(std::move(*oldest));
  co_await deallocate_unwanted();
  const std::string name = cache_.next_name();
  const Bound bound(statement.parameters);
  co_await execute(PQsendPrepare(pq_.get(), name.c_str(), statement.text.c_str(), bound.count(),
                                 bound.types.data()));
  cache_.add(std::move(key), name);
  co_return name;
}

async::Task<> Connection::deallocate_unwanted() {
  while (!unwanted_.empty()) {
    const std::string command = "DEALLOCATE " + unwanted_.back();
    unwanted_.pop_back();
    try {
      co_await execute(PQsendQuery(pq_.get(), command.c_str()));
    } catch (const ServerError& error) {
      if (error.sqlstate() != "26000") throw;  // gone already
    }
  }
}

/// Waits for a command of our own that has just been sent.
async::Task<> Connection::execute(int sent) {
  received_.reset();
  check_sent(sent);
  co_await flush();
  co_await receive();
}

async::Task<> Connection::ping() {
  co_await execute(PQsendQuery(pq_.get(), ""));
}

async::Task<> Connection::flush() {
  for (;;) {
    const int left = PQflush(pq_.get());
    if (left == 0) co_return;
    if (left < 0) lost(true);
    const int events = co_await socket_.wait(PQsocket(pq_.get()), UV_READABLE | UV_WRITABLE);
    // The server may have to be read from before it reads on; next() says what is wrong with it.
    if ((events & UV_READABLE) != 0 && PQconsumeInput(pq_.get()) == 0) co_return;
  }
}

async::Task<PqResult> Connection::next() {
  while (PQisBusy(pq_.get()) != 0) {
    co_await socket_.wait(PQsocket(pq_.get()), UV_READABLE);
    // What came before the end is still to be parsed: it says why.
    if (PQconsumeInput(pq_.get()) == 0) break;
  }
  PqResult result(PQgetResult(pq_.get()));
  // Somebody may have said LISTEN: nobody hears, but libpq would keep it all.
  while (PGnotify* unheard = PQnotifies(pq_.get())) PQfreemem(unheard);
  co_return result;
}

async::Task<Result> Connection::receive() {
  while (PqResult result = co_await next()) {
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
      throw Error("COPY is not offered");  // and stays under way
    if (received_ == nullptr || !is_error(received_.get())) received_ = std::move(result);
  }
  raise_if_error(received_.get());
  co_return Result(std::move(received_));
}

void Connection::raise_if_error(const PGresult* result) {
  if (!is_error(result)) return;
  ServerError error = server_error(result);
  if (dead()) {
    const std::string why = error.sqlstate().empty() ? message_of(pq_.get()) : error.what();
    throw ConnectionError("the connection to " + label_ + " was lost: " + why, Sent::kPerhaps,
                          ConnectionError::Remedy::kWait, std::string(error.sqlstate()));
  }
  if (is_stale(error)) {
    if (auto name = cache_.forget(sent_key_)) unwanted_.push_back(std::move(*name));
  }
  throw ServerError(std::move(error));
}

async::Task<> Connection::drain() {
  while (co_await next()) {
  }
}

Connection::Sight Connection::look() const noexcept {
  if (dead()) return Sight::kGone;
  pollfd socket{.fd = PQsocket(pq_.get()), .events = POLLIN | POLLRDHUP, .revents = 0};
  poll(&socket, 1, 0);
  if ((socket.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0) return Sight::kGone;
  return socket.revents != 0 ? Sight::kSomething : Sight::kQuiet;
}

void Connection::check_sent(int sent) {
  if (sent == 0) lost(false);
}

void Connection::lost(bool sent) {
  throw ConnectionError("the connection to " + label_ + " was lost: " + message_of(pq_.get()),
                        sent ? Sent::kPerhaps : Sent::kNo);
}

PqConnection Connection::release() noexcept {
  socket_.close();
  return std::move(pq_);
}

}  // namespace penstock::sql
