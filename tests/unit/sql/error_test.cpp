#include "penstock/sql/error.hpp"

#include "penstock/async/retry.hpp"
#include "with_postgres.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;

TEST_CASE("a violated constraint is known by its kind and by its name") {
  with_session([](sql::Session& session) -> Task<> {
    co_await session.execute(
        "create temp table users (id int constraint users_key primary key, "
        "age int not null constraint grown check (age > 17))");
    co_await session.execute("insert into users values (1, 30)");
    const auto twice =
        co_await error_of<sql::ServerError>(session.execute("insert into users values (1, 30)"));
    CHECK(twice->unique_violation());
    CHECK(twice->integrity_violation());
    CHECK(twice->constraint() == "users_key");
    CHECK(twice->table() == "users");
    CHECK(twice->detail() == "Key (id)=(1) already exists.");
    CHECK_FALSE(twice->transient());
    CHECK(twice->what() == std::string("duplicate key value violates unique constraint "
                                       "\"users_key\" (23505)"));
    const auto young =
        co_await error_of<sql::ServerError>(session.execute("insert into users values (2, 3)"));
    CHECK(young->check_violation());
    CHECK(young->constraint() == "grown");
    const auto missing =
        co_await error_of<sql::ServerError>(session.execute("insert into users (id) values (2)"));
    CHECK(missing->not_null_violation());
    CHECK(missing->column() == "age");
  });
}

TEST_CASE("a session goes on after an error") {
  with_session([](sql::Session& session) -> Task<> {
    CHECK_THROWS_AS(co_await session.query("select 1 / 0"), sql::ServerError);
    CHECK(co_await session.query_value<int>("select 1") == 1);
  });
}

TEST_CASE("a serialization failure is one, and is worth another attempt") {
  with_engine({}, [](sql::Engine& engine) -> Task<> {
    co_await engine.session([](sql::Session& session) -> Task<> {
      co_await session.execute("create table if not exists counters (n int)");
      co_await session.execute("truncate counters");
      co_await session.execute("insert into counters values (0)");
    });
    int attempts = 0;
    const auto increment = [&] {
      return engine.transaction(
          {.isolation = sql::Isolation::kSerializable}, [&](sql::Transaction& tx) -> Task<> {
            const int n = co_await tx.query_value<int>("select n from counters");
            if (++attempts == 1) postgres().ask("update counters set n = n + 10");
            co_await tx.execute("update counters set n = $1", n + 1);
          });
    };
    std::mt19937_64 random(1);
    co_await retry({.backoff = {std::chrono::milliseconds(1), std::chrono::milliseconds(1)},
                    .retryable = sql::serialization_failure},
                   increment, random);
    CHECK(attempts == 2);
    CHECK(postgres().ask("select n from counters") == "11");
  });
}

TEST_CASE("a deadlock is one of two, and passes") {
  const sql::ServerError deadlock({.sqlstate = "40P01", .message = "deadlock detected"});
  CHECK(deadlock.deadlock());
  CHECK(deadlock.transient());
  CHECK(sql::transient(deadlock));
  CHECK_FALSE(sql::transient(std::runtime_error("other")));
  CHECK_FALSE(sql::serialization_failure(deadlock));
}

TEST_CASE("a statement that takes too long is stopped by the server") {
  with_session(
      [](sql::Session& session) -> Task<> {
        const auto error =
            co_await error_of<sql::ServerError>(session.query("select pg_sleep(1000)"));
        CHECK(error->query_canceled());
        CHECK(co_await session.query_value<int>("select 1") == 1);
      },
      {.statement_timeout = std::chrono::milliseconds(50)});
}

}  // namespace
}  // namespace penstock::test
