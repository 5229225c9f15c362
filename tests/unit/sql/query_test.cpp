#include "with_postgres.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;

struct Person {
  std::int64_t id = 0;
  std::string name;
  std::optional<int> age;
  bool operator==(const Person&) const = default;
};

TEST_CASE("a query gives its rows in order, with the names of their columns") {
  with_session([](sql::Session& session) -> Task<> {
    const sql::Result result =
        co_await session.query("select n, n * n as square from generate_series(1, 3) n");
    CHECK(result.size() == 3);
    CHECK(result.columns() == 2);
    CHECK(result.column_name(1) == "square");
    std::vector<int> squares;
    for (const sql::Row& row : result) squares.push_back(row.get<int>("square"));
    CHECK(squares == std::vector{1, 4, 9});
  });
}

TEST_CASE("what stands in a value never becomes SQL") {
  with_session([](sql::Session& session) -> Task<> {
    co_await session.execute("create temp table people (name text)");
    const std::string evil = "'; drop table people; -- $1 \\' \" ; select pg_sleep(1000)";
    CHECK(co_await session.execute("insert into people values ($1)", evil) == 1);
    CHECK(co_await session.query_value<std::string>("select name from people where name = $1",
                                                    evil) == evil);
    CHECK(co_await session.query_value<int>("select count(*) from people where name in ($1, $2)",
                                            "x') or ('1'='1", evil) == 1);
  });
}

TEST_CASE("several statements in one text are refused, so that none can be smuggled in") {
  with_session([](sql::Session& session) -> Task<> {
    const auto error = co_await error_of<sql::ServerError>(session.query("select 1; select 2"));
    CHECK(error->sqlstate() == "42601");
  });
}

TEST_CASE("execute says how many rows it changed") {
  with_session([](sql::Session& session) -> Task<> {
    co_await session.execute("create temp table numbers (n int)");
    CHECK(co_await session.execute("insert into numbers select generate_series(1, 10)") == 10);
    CHECK(co_await session.execute("update numbers set n = n + 1 where n > $1", 4) == 6);
    CHECK(co_await session.execute("delete from numbers") == 10);
  });
}

TEST_CASE("a row becomes a tuple, a struct or a value") {
  with_session([](sql::Session& session) -> Task<> {
    const char* const text = "select 7 as id, 'Ada' as name, null::int as age";
    const sql::Row row = co_await session.query_one(text);
    CHECK(row.as<Person>() == Person{7, "Ada", std::nullopt});
    CHECK(row.as<std::tuple<int, std::string, std::optional<int>>>() ==
          std::tuple(7, std::string("Ada"), std::optional<int>()));
    CHECK(co_await session.query_one<Person>(text) == Person{7, "Ada", std::nullopt});
    CHECK(co_await session.query_one<int>("select 12") == 12);
    CHECK(row.is_null("age"));
  });
}

TEST_CASE("rows become structs by a function when their fields do not match") {
  with_session([](sql::Session& session) -> Task<> {
    const sql::Result result = co_await session.query("select 'Ada' as who, 36 as years");
    const auto people = result.map([](const sql::Row& row) {
      return Person{1, row.get<std::string>("who"), row.get<int>("years")};
    });
    CHECK(people == std::vector{Person{1, "Ada", 36}});
  });
}

TEST_CASE("a row with more or fewer columns than a struct has fields is refused") {
  with_session([](sql::Session& session) -> Task<> {
    const auto error =
        co_await error_of<sql::ConversionError>(session.query_one<Person>("select 1, 'Ada'"));
    CHECK(error->what() == std::string("the row has 2 columns, and 3 were asked for"));
  });
}

TEST_CASE("one row means one: none and several are errors") {
  with_session([](sql::Session& session) -> Task<> {
    const char* const text = "select n from generate_series(1, $1::int) n";
    CHECK_THROWS_AS(co_await session.query_one<int>(text, 0), sql::RowCountError);
    CHECK_THROWS_AS(co_await session.query_one<int>(text, 2), sql::RowCountError);
    CHECK(co_await session.query_one<int>(text, 1) == 1);
    CHECK(co_await session.query_optional<int>(text, 0) == std::nullopt);
    CHECK(co_await session.query_optional<int>(text, 1) == 1);
    CHECK_THROWS_AS(co_await session.query_optional<int>(text, 2), sql::RowCountError);
  });
}

TEST_CASE("many rows go in by one statement, which returns what it made of them") {
  with_session([](sql::Session& session) -> Task<> {
    co_await session.execute("create temp table people (id serial, name text, age int)");
    const std::vector<std::tuple<std::string, std::optional<int>>> rows{
        {"Ada", 36}, {"Grace", std::nullopt}, {"'); drop table people; --", 1}};
    const auto people = co_await session.query_all<Person>(
        sql::insert_rows("insert into people (name, age) values", rows, "returning id, name, age"));
    CHECK(people == std::vector{Person{1, "Ada", 36}, Person{2, "Grace", std::nullopt},
                                Person{3, "'); drop table people; --", 1}});
  });
}

TEST_CASE("a statement is prepared once for each connection and set of types") {
  with_session([](sql::Session& session) -> Task<> {
    const char* const text = "select $1 + 1";
    CHECK(co_await session.query_value<int>(text, 1) == 2);
    CHECK(co_await session.query_value<int>(text, 2) == 3);
    CHECK(co_await session.query_value<double>(text, 2.5) == 3.5);
    CHECK(co_await session.query_value<int>(
              "select count(*) from pg_prepared_statements where statement = $1", text) == 2);
  });
}

TEST_CASE("no more statements stay prepared than were allowed") {
  with_session(
      [](sql::Session& session) -> Task<> {
        for (int i = 0; i < 10; ++i)
          CHECK(co_await session.query_value<int>("select " + std::to_string(i)) == i);
        CHECK(co_await session.query_value<int>("select count(*) from pg_prepared_statements") ==
              3);
      },
      {.statement_cache = 3});
}

TEST_CASE("nothing is prepared where that is switched off") {
  with_session(
      [](sql::Session& session) -> Task<> {
        CHECK(co_await session.query_value<int>("select $1::int", 5) == 5);
        CHECK(co_await session.query_value<int>("select count(*) from pg_prepared_statements") ==
              0);
      },
      {.statement_cache = 0});
}

TEST_CASE("a prepared statement survives that its table is altered, and that it is forgotten") {
  with_session([](sql::Session& session) -> Task<> {
    co_await session.execute("create temp table things (a int)");
    co_await session.execute("insert into things values (1)");
    CHECK((co_await session.query("select * from things")).columns() == 1);
    co_await session.execute("alter table things add b int");
    CHECK((co_await session.query("select * from things")).columns() == 2);
    co_await session.execute("deallocate all");
    CHECK((co_await session.query("select * from things")).columns() == 2);
  });
}

TEST_CASE("in a transaction a stale statement fails once, and works when it is tried again") {
  with_session([](sql::Session& session) -> Task<> {
    co_await session.execute("create temp table things (a int)");
    co_await session.query("select * from things");
    co_await session.execute("alter table things add b int");
    const auto select = [&] {
      return session.transaction([](sql::Transaction& tx) -> Task<std::size_t> {
        co_return (co_await tx.query("select * from things")).columns();
      });
    };
    CHECK_THROWS_AS(co_await select(), sql::ServerError);
    CHECK(co_await select() == 2);
  });
}

TEST_CASE("two tasks cannot use one session at once") {
  with_session([](sql::Session& session) -> Task<> {
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn([](sql::Session& s) -> Task<> { co_await s.query("select pg_sleep(0.05)"); },
                  std::ref(session));
      co_await yield_now();
      CHECK_THROWS_AS(co_await session.query("select 1"), sql::SessionBusy);
    });
    CHECK(co_await session.query_value<int>("select 1") == 1);
  });
}

TEST_CASE("COPY is refused, and costs no more than the connection") {
  with_engine({}, [](sql::Engine& engine) -> Task<> {
    CHECK_THROWS_AS(co_await engine.session([](sql::Session& session) -> Task<> {
      co_await session.query("copy (select 1) to stdout");
    }),
                    sql::Error);
    CHECK_THROWS_AS(co_await engine.session([](sql::Session& session) -> Task<> {
      co_await session.query("copy pg_class from stdin");
    }),
                    sql::Error);
    co_await engine.session([](sql::Session& session) -> Task<> {
      CHECK(co_await session.query_value<int>("select 1") == 1);
    });
  });
}

}  // namespace
}  // namespace penstock::test
