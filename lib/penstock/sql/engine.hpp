// Engine: a PostgreSQL database, and a pool of connections to it.
//
//   sql::Engine engine("postgresql://app@db.example/shop", {.pool_size = 5});
//   User user = co_await engine.session([&](sql::Session& session) -> async::Task<User> {
//     co_return co_await session.query_one<User>("select id, name from users where id = $1", 7);
//   });
//
// Made once for a program, not once for a query. It connects when it is first needed, and again
// whenever a connection was lost. The semantics are SQLAlchemy's (engine, QueuePool, session), but
// cancellation never leaks a connection: one on which anything was cut short is closed, by whoever
// drops it and without waiting, its query stopped at the server; and it counts until the server has
// let go of it.
#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "penstock/async/timeout.hpp"
#include "penstock/sql/options.hpp"
#include "penstock/sql/pool.hpp"
#include "penstock/sql/session.hpp"

namespace penstock::sql {

class Engine {
 public:
  /// `address` as Target::parse() understands it. Connects to nothing yet. Errors:
  /// std::invalid_argument.
  explicit Engine(const std::string& address, Options options = {})
      : pool_(Target::parse(address), options) {}
  /// REQUIRES: no session is left. Connections are closed without waiting for the server to notice;
  /// close() waits.
  ~Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Runs `body(session)`, which returns a Task, and returns what that returns. Afterwards the
  /// connection is back in the pool, rolled back if need be, shielded from cancellation. Errors:
  /// those of connect(), and what the body throws.
  template <class Body>
  std::invoke_result_t<Body&, Session&> session(Body body) {
    using T = typename std::invoke_result_t<Body&, Session&>::value_type;
    Session session = co_await connect();
    auto outcome = co_await detail::Outcome<T>::of(body(session));
    co_await session.close();
    co_return outcome.take();
  }

  /// The same with one transaction around the body: see Queries::transaction().
  template <class Body>
  std::invoke_result_t<Body&, Transaction&> transaction(Body body) {
    return transaction(TransactionOptions(), std::move(body));
  }
  template <class Body>
  std::invoke_result_t<Body&, Transaction&> transaction(TransactionOptions options, Body body) {
    using Result = std::invoke_result_t<Body&, Transaction&>;
    co_return co_await session([&](Session& session) -> Result {
      co_return co_await session.transaction(options, std::ref(body));
    });
  }

  /// A session of the caller's keeping. Errors: PoolTimeout, PoolOverflow; ConnectionError when the
  /// server is away for Options::pool_timeout, or at once when it refuses in a way that waiting
  /// does not mend. Order: first come, first served. Cancellation: at once.
  async::Task<Session> connect() { co_return Session(co_await pool_.acquire()); }

  /// Waits for the sessions there are, then closes every connection and waits for the server to
  /// hang up; new sessions are refused from now on. Cancellation: at once.
  async::Task<> close() { return pool_.close(); }

  Stats stats() const noexcept { return pool_.stats(); }

 private:
  Pool pool_;
};

/// Runs `body(engine)`, which returns a Task, with an engine that is closed when it ends, shielded
/// from cancellation.
template <class Body>
std::invoke_result_t<Body&, Engine&> with_engine(std::string address, Options options, Body body) {
  using T = typename std::invoke_result_t<Body&, Engine&>::value_type;
  Engine engine(address, options);
  auto outcome = co_await detail::Outcome<T>::of(body(engine));
  co_await async::shield(engine.close());
  co_return outcome.take();
}

}  // namespace penstock::sql
