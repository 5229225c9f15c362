#include <sys/resource.h>

#include "with_postgres.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

/// The most memory this process ever had, in KiB.
[[maybe_unused]] long peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST_CASE("a million rows come one by one, in little memory") {
  with_session([](sql::Session& session) -> Task<> {
    co_await session.query("select 1");
    [[maybe_unused]] const long before = peak_memory();
    sql::Stream rows = co_await session.stream(
        "select n, repeat('x', 100) from generate_series(1, $1::int) n", 1'000'000);
    std::int64_t sum = 0;
    while (const std::optional<sql::Row> row = co_await rows.next())
      sum += row->get<std::int64_t>(0);
    CHECK(sum == std::int64_t{1'000'000} * 1'000'001 / 2);
#if !defined(__has_feature) || !__has_feature(address_sanitizer)  // keeps what was freed
    CHECK(peak_memory() - before < 20'000);                       // the rows are more than 100 MB
#endif
  });
}

TEST_CASE("after its last row a stream stays at its end, and the session is free") {
  with_session([](sql::Session& session) -> Task<> {
    sql::Stream rows = co_await session.stream("select 1");
    CHECK(co_await rows.next());
    CHECK_FALSE(co_await rows.next());
    CHECK_FALSE(co_await rows.next());
    CHECK(co_await session.query_value<int>("select 2") == 2);
  });
}

TEST_CASE("while a stream is open its session does nothing else") {
  with_session([](sql::Session& session) -> Task<> {
    const sql::Stream rows = co_await session.stream("select 1");
    CHECK_THROWS_AS(co_await session.query("select 1"), sql::SessionBusy);
    CHECK_THROWS_AS(co_await session.stream("select 1"), sql::SessionBusy);
  });
}

TEST_CASE("a stream that is broken off leaves a session that can be used") {
  with_session([](sql::Session& session) -> Task<> {
    {
      sql::Stream rows = co_await session.stream("select generate_series(1, 100000)");
      CHECK((co_await rows.next())->get<int>(0) == 1);
    }
    CHECK(co_await session.query_value<int>("select 2") == 2);
  });
}

TEST_CASE("a session that ends with a stream broken off costs its connection, not its place") {
  with_engine({.pool_size = 1, .max_overflow = 0}, [](sql::Engine& engine) -> Task<> {
    for (int i = 0; i < 3; ++i) {
      sql::Session session = co_await engine.connect();
      sql::Stream rows = co_await session.stream("select pg_sleep(1000) from (values (1), (2)) v");
    }
    CHECK(engine.stats().opened == 3);
  });
}

TEST_CASE("the end of a session does not wait for the end of a stream that was broken off") {
  with_engine({.finish_timeout = 1h}, [](sql::Engine& engine) -> Task<> {
    co_await engine.session([](sql::Session& session) -> Task<> {
      sql::Stream rows = co_await session.stream(
          "select n, pg_sleep(case n when 1 then 0 else 1000 end) from generate_series(1, 2) n");
      static_cast<void>(rows);
    });
    CHECK(engine.stats().idle == 0);
  });
}

TEST_CASE("an error after some rows is thrown where it stands") {
  with_session([](sql::Session& session) -> Task<> {
    sql::Stream rows = co_await session.stream("select 1 / (3 - n) from generate_series(1, 5) n");
    CHECK(co_await rows.next());
    CHECK(co_await rows.next());
    const auto error = co_await error_of<sql::ServerError>(rows.next());
    CHECK(error->sqlstate() == "22012");
    CHECK_FALSE(co_await rows.next());
    CHECK(co_await session.query_value<int>("select 2") == 2);
  });
}

TEST_CASE("a stream that is cancelled stops its query at the server") {
  with_engine({}, [](sql::Engine& engine) -> Task<> {
    CHECK_THROWS_AS(co_await with_timeout(50ms, engine.session([](sql::Session& session) -> Task<> {
                      sql::Stream rows = co_await session.stream("select pg_sleep(1000)");
                      co_await rows.next();
                    })),
                    Timeout);
    co_await until([] { return postgres().clients() == 0; });
  });
}

TEST_CASE("a stream in a transaction that throws is rolled back") {
  with_engine({}, [](sql::Engine& engine) -> Task<> {
    CHECK_THROWS_WITH(co_await engine.transaction([](sql::Transaction& tx) -> Task<> {
      sql::Stream rows = co_await tx.stream("select generate_series(1, 1000)");
      co_await rows.next();
      throw std::runtime_error("enough");
    }),
                      "enough");
    CHECK(postgres().idle_in_transaction() == 0);
    CHECK(engine.stats().idle == 1);
  });
}

}  // namespace
}  // namespace penstock::test
