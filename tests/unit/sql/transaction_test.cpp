#include "with_postgres.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

/// Runs `body(engine)` with an empty table `log (entry text)`.
template <class Body>
void with_log(Body body) {
  postgres().ask("drop table if exists log");
  postgres().ask("create table log (entry text)");
  with_engine({}, std::move(body));
  CHECK(postgres().idle_in_transaction() == 0);
}

std::string logged() {
  return postgres().ask("select coalesce(string_agg(entry, ' ' order by entry), '') from log");
}

TEST_CASE("a transaction is committed when its body returns, and returns what that does") {
  with_log([](sql::Engine& engine) -> Task<> {
    const int result = co_await engine.transaction([](sql::Transaction& tx) -> Task<int> {
      co_await tx.execute("insert into log values ('a')");
      CHECK(logged().empty());
      co_return 7;
    });
    CHECK(result == 7);
    CHECK(logged() == "a");
  });
}

TEST_CASE("a transaction is rolled back when its body throws, and the connection lives on") {
  with_log([](sql::Engine& engine) -> Task<> {
    for (int i = 0; i < 3; ++i) {
      CHECK_THROWS_WITH(co_await engine.transaction([](sql::Transaction& tx) -> Task<> {
        co_await tx.execute("insert into log values ('a')");
        throw std::runtime_error("changed my mind");
      }),
                        "changed my mind");
    }
    CHECK(logged().empty());
    CHECK(engine.stats().opened == 1);
  });
}

TEST_CASE("a transaction is rolled back when it is cancelled between two queries") {
  with_log([](sql::Engine& engine) -> Task<> {
    CHECK_THROWS_AS(
        co_await with_timeout(50ms, engine.transaction([](sql::Transaction& tx) -> Task<> {
          co_await tx.execute("insert into log values ('a')");
          co_await forever();
        })),
        Timeout);
    CHECK(logged().empty());
    CHECK(postgres().idle_in_transaction() == 0);
    CHECK(engine.stats().idle == 1);
  });
}

TEST_CASE("a body that swallows its cancellation is rolled back all the same") {
  with_log([](sql::Engine& engine) -> Task<> {
    CHECK_THROWS_AS(
        co_await with_timeout(50ms, engine.transaction([](sql::Transaction& tx) -> Task<> {
          co_await tx.execute("insert into log values ('a')");
          CHECK(co_await swallow(forever()) == Ended::kCancelled);
        })),
        Timeout);
    CHECK(logged().empty());
  });
}

TEST_CASE("a COMMIT that is under way is waited for when its task is cancelled") {
  with_log([](sql::Engine& engine) -> Task<> {
    // Deferred, so it runs within the COMMIT, for as long as the lock is held.
    postgres().ask(
        "create or replace function slow() returns trigger language plpgsql as"
        " $$ begin perform pg_sleep(0.2); return null; end $$");
    postgres().ask(
        "create constraint trigger slow after insert on log deferrable initially deferred"
        " for each row execute function slow()");
    bool returned = false;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn(
          [](sql::Engine& e, bool& done) -> Task<> {
            co_await e.transaction([](sql::Transaction& tx) -> Task<> {
              co_await tx.execute("insert into log values ('a')");
            });
            done = true;
          },
          std::ref(engine), std::ref(returned));
      co_await until_running("COMMIT");
      group.cancel();
    });
    CHECK(returned);
    CHECK(logged() == "a");
    CHECK(engine.stats().idle == 1);
  });
}

TEST_CASE("a failed statement that the body swallows does not pass for a commit") {
  with_log([](sql::Engine& engine) -> Task<> {
    const auto error =
        co_await error_of<sql::Error>(engine.transaction([](sql::Transaction& tx) -> Task<> {
          co_await tx.execute("insert into log values ('a')");
          CHECK_THROWS_AS(co_await tx.query("select 1 / 0"), sql::ServerError);
        }));
    CHECK(error->sqlstate() == "25P02");
    CHECK(logged().empty());
    CHECK(engine.stats().idle == 1);
  });
}

TEST_CASE("a transaction within another is rolled back alone") {
  with_log([](sql::Engine& engine) -> Task<> {
    co_await engine.transaction([](sql::Transaction& outer) -> Task<> {
      co_await outer.execute("insert into log values ('a')");
      CHECK_THROWS_AS(co_await outer.transaction([](sql::Transaction& inner) -> Task<> {
        co_await inner.execute("insert into log values ('b')");
        co_await inner.query("select 1 / 0");
      }),
                      sql::ServerError);
      co_await outer.transaction([](sql::Transaction& inner) -> Task<> {
        co_await inner.execute("insert into log values ('c')");
        co_await inner.transaction([](sql::Transaction& innermost) -> Task<> {
          co_await innermost.execute("insert into log values ('d')");
        });
      });
    });
    CHECK(logged() == "a c d");
  });
}

TEST_CASE("isolation and read only are what was asked for") {
  with_log([](sql::Engine& engine) -> Task<> {
    const sql::TransactionOptions options{.isolation = sql::Isolation::kSerializable,
                                          .read_only = true};
    co_await engine.transaction(options, [](sql::Transaction& tx) -> Task<> {
      CHECK(co_await tx.query_value<std::string>("show transaction_isolation") == "serializable");
      CHECK(co_await tx.query_value<std::string>("show transaction_read_only") == "on");
    });
    CHECK_THROWS_AS(co_await engine.transaction(options,
                                                [](sql::Transaction& tx) -> Task<> {
                                                  co_await tx.execute("insert into log values (1)");
                                                }),
                    sql::ServerError);
  });
}

TEST_CASE("a transaction within another has no options of its own") {
  with_log([](sql::Engine& engine) -> Task<> {
    co_await engine.transaction([](sql::Transaction& tx) -> Task<> {
      CHECK_THROWS_AS(co_await tx.transaction({.read_only = true},
                                              [](sql::Transaction&) -> Task<> { co_return; }),
                      std::logic_error);
    });
  });
}

TEST_CASE("a constraint that is checked at the COMMIT fails it") {
  with_log([](sql::Engine& engine) -> Task<> {
    postgres().ask("alter table log add constraint once unique (entry) initially deferred");
    const auto error =
        co_await error_of<sql::ServerError>(engine.transaction([](sql::Transaction& tx) -> Task<> {
          co_await tx.execute("insert into log values ('a')");
          co_await tx.execute("insert into log values ('a')");
        }));
    CHECK(error->constraint() == "once");
    CHECK(logged().empty());
  });
}

TEST_CASE("a session that ends inside a transaction of its own making is rolled back") {
  with_log([](sql::Engine& engine) -> Task<> {
    co_await engine.session([](sql::Session& session) -> Task<> {
      co_await session.execute("begin");
      co_await session.execute("insert into log values ('a')");
    });
    CHECK(engine.stats().idle == 1);
    {
      sql::Session session = co_await engine.connect();
      co_await session.execute("begin");
      co_await session.execute("insert into log values ('b')");
    }
    CHECK(engine.stats().idle == 0);  // it could not wait, so it was closed
    co_await engine.close();
    CHECK(logged().empty());
  });
}

}  // namespace
}  // namespace penstock::test
