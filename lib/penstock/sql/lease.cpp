#include "penstock/sql/lease.hpp"

#include <cassert>
#include <stdexcept>
#include <utility>

#include "penstock/async/timeout.hpp"
#include "penstock/sql/error.hpp"

namespace penstock::sql {
namespace {

std::string begin_text(const TransactionOptions& options) {
  std::string text = "BEGIN";
  switch (options.isolation) {
    case Isolation::kDefault:
      break;
    case Isolation::kReadCommitted:
      text += " ISOLATION LEVEL READ COMMITTED";
      break;
    case Isolation::kRepeatableRead:
      text += " ISOLATION LEVEL REPEATABLE READ";
      break;
    case Isolation::kSerializable:
      text += " ISOLATION LEVEL SERIALIZABLE";
      break;
  }
  if (options.read_only) text += " READ ONLY";
  if (options.deferrable) text += " DEFERRABLE";
  return text;
}

bool cancelled() {
  return async::this_task().innermost_scope().pending();
}

}  // namespace

/// One task's use of the connection. One that ends with something still under way, other than a
/// stream, was cut short.
class Lease::Use {
 public:
  explicit Use(Lease& lease) : lease_(lease) {
    if (lease.busy_) throw SessionBusy();
    lease.busy_ = true;
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use() {
    lease_.busy_ = false;
    const Connection* connection = lease_.connection_.get();
    if (connection == nullptr || !connection->under_way() || streams_on_) return;
    lease_.streaming_ = false;
    lease_.give_up();
  }

  void stream_on() noexcept { streams_on_ = true; }

 private:
  Lease& lease_;
  bool streams_on_ = false;
};

Lease::Lease(Pool& pool, async::Semaphore::Permit place) noexcept
    : pool_(pool), place_(std::move(place)) {}

Lease::~Lease() {
  assert(!busy_ && !streaming_ && "a session ends while something is done with it");
  pool_.put_back(*this);
}

void Lease::give_up() noexcept {
  pool_.give_up(*this);
}

Connection& Lease::connection() const {
  if (connection_ == nullptr || connection_->dead()) {
    throw ConnectionError(
        "the session has lost its connection, or gave it up when something on it "
        "was cut short",
        ConnectionError::Sent::kNo);
  }
  return *connection_;
}

async::Task<Result> Lease::run(Statement statement) {
  if (streaming_) throw SessionBusy();
  const Use use(*this);
  co_await connection().drain();
  co_return co_await connection().run(statement);
}

async::Task<> Lease::start_stream(Statement statement) {
  if (streaming_) throw SessionBusy();
  Use use(*this);
  co_await connection().drain();
  co_await connection().send(statement, Connection::Rows::kOneByOne);
  streaming_ = true;
  use.stream_on();
}

async::Task<std::optional<Row>> Lease::next_row() {
  if (!streaming_) co_return std::nullopt;
  Use use(*this);
  Connection& source = connection();
  PqResult result = co_await source.next();
  if (PQresultStatus(result.get()) == PGRES_SINGLE_TUPLE) {
    use.stream_on();
    co_return Row(std::move(result), 0);
  }
  co_await source.drain();
  streaming_ = false;
  source.raise_if_error(result.get());
  co_return std::nullopt;
}

async::Task<> Lease::command(std::string text) {
  co_await run({.text = std::move(text), .recurring = false});
}

std::string Lease::savepoint() const {
  return "penstock_" + std::to_string(depth_);
}

async::Task<> Lease::begin(TransactionOptions options) {
  if (depth_ > 0 && options != TransactionOptions())
    throw std::logic_error("a transaction within another has the options of the outer one");
  co_await command(depth_ == 0 ? begin_text(options) : "SAVEPOINT " + savepoint());
  ++depth_;
}

async::Task<> Lease::commit() {
  if (cancelled()) {
    co_await rollback();
    throw async::Cancelled{};
  }
  // PostgreSQL would answer the COMMIT of a failed transaction with a rollback, and no error.
  if (connection().in_failed_transaction()) {
    co_await rollback();
    throw Error("not committed: a statement in the transaction had failed", "25P02");
  }
  if (--depth_ > 0) {
    co_await command("RELEASE SAVEPOINT " + savepoint());
  } else {
    co_await finish("COMMIT");
  }
}

/// Sends `text` and stays with it, cancelled or not, until it is known what became of it.
async::Task<> Lease::finish(std::string text) {
  if (streaming_) throw SessionBusy();
  const Use use(*this);
  Connection& line = connection();
  co_await line.drain();
  co_await line.send({.text = std::move(text), .recurring = false});
  try {
    co_await line.receive();
    co_return;
  } catch (const async::Cancelled&) {  // it is on its way, and is waited for below
  }
  try {
    co_await async::shield(async::with_timeout(pool_.options().finish_timeout, line.receive()));
    co_return;
  } catch (const async::Timeout&) {
  }
  throw ConnectionError("it is not known whether the transaction was committed",
                        ConnectionError::Sent::kPerhaps);
}

async::Task<> Lease::rollback() {
  if (depth_ > 0) --depth_;
  streaming_ = false;
  if (connection_ == nullptr || connection_->dead()) co_return;
  try {
    co_await async::shield(async::with_timeout(pool_.options().finish_timeout, undo()));
    co_return;
  } catch (const Error&) {
  } catch (const async::Timeout&) {
  }
  give_up();
}

async::Task<> Lease::undo() {
  if (depth_ == 0) {
    co_await command("ROLLBACK");
  } else {
    co_await command("ROLLBACK TO SAVEPOINT " + savepoint());
    co_await command("RELEASE SAVEPOINT " + savepoint());
  }
}

async::Task<> Lease::rollback_all() {
  depth_ = 0;
  if (connection_ == nullptr) co_return;
  if (connection_->under_way()) {
    give_up();  // a stream that was broken off: its end may be far
  } else if (connection_->in_transaction()) {
    co_await rollback();
  }
}

}  // namespace penstock::sql
