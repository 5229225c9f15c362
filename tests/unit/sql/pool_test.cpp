#include "with_postgres.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

/// Opens `count` sessions that have been used.
Task<std::vector<sql::Session>> sessions(sql::Engine& engine, std::size_t count) {
  std::vector<sql::Session> all;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back(co_await engine.connect());
    co_await all.back().query("select 1");
  }
  co_return all;
}

TEST_CASE("an engine connects when it is first needed, and keeps the connection") {
  with_engine({}, [](sql::Engine& engine) -> Task<> {
    CHECK(postgres().clients() == 0);
    for (int i = 0; i < 5; ++i) {
      co_await engine.session([](sql::Session& session) -> Task<> {
        CHECK(co_await session.query_value<int>("select 1") == 1);
      });
    }
    CHECK(engine.stats().opened == 1);
    CHECK(engine.stats().leases == 5);
    CHECK(engine.stats().returns == 5);
    CHECK(postgres().clients() == 1);
  });
}

TEST_CASE("the connection that was used last is used next") {
  with_engine({}, [](sql::Engine& engine) -> Task<> {
    int last = 0;
    {
      std::vector<sql::Session> two = co_await sessions(engine, 2);
      last = two[1].server_pid();
      two.erase(two.begin());
    }
    const sql::Session session = co_await engine.connect();
    CHECK(session.server_pid() == last);
  });
}

TEST_CASE("in times of need there are more connections, which are closed as they come back") {
  with_engine({.pool_size = 2, .max_overflow = 3}, [](sql::Engine& engine) -> Task<> {
    {
      const auto five = co_await sessions(engine, 5);
      CHECK(engine.stats().in_use == 5);
      CHECK(postgres().clients() == 5);
    }
    CHECK(engine.stats().idle == 2);
    co_await until([] { return postgres().clients() == 2; });
    co_await until([&] { return engine.stats().closing == 0; });
  });
}

TEST_CASE("whoever finds every place taken waits, first come, first served") {
  with_engine({.pool_size = 1, .max_overflow = 0}, [](sql::Engine& engine) -> Task<> {
    Journal journal;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      const sql::Session session = co_await engine.connect();
      for (const char* name : {"a", "b", "c"}) {
        group.spawn(
            [](sql::Engine& e, Journal& j, const char* who) -> Task<> {
              const sql::Session mine = co_await e.connect();
              j(who);
            },
            std::ref(engine), std::ref(journal), name);
      }
      co_await sleep(1ms);
      CHECK(engine.stats().waiting == 3);
      CHECK(journal.text().empty());
    });
    CHECK(journal.text() == "a b c");
    CHECK(engine.stats().opened == 1);
  });
}

TEST_CASE("waiting for a place ends in time") {
  with_engine({.pool_size = 1, .max_overflow = 0, .pool_timeout = 20ms},
              [](sql::Engine& engine) -> Task<> {
                const auto one = co_await sessions(engine, 1);
                const auto error = co_await error_of<sql::PoolTimeout>(engine.connect());
                CHECK(error->what() == std::string("no connection in 20 ms: all 1 are in use"));
                CHECK(error->transient());
                CHECK(engine.stats().waiting == 0);
              });
}

TEST_CASE("no more tasks wait than may") {
  with_engine(
      {.pool_size = 1, .max_overflow = 0, .max_waiters = 1}, [](sql::Engine& engine) -> Task<> {
        co_await task_group([&](TaskGroup& group) -> Task<> {
          const auto one = co_await sessions(engine, 1);
          group.spawn([](sql::Engine& e) -> Task<> { co_await e.connect(); }, std::ref(engine));
          co_await yield_now();
          CHECK_THROWS_AS(co_await engine.connect(), sql::PoolOverflow);
        });
      });
}

TEST_CASE("a waiting task that is cancelled leaves no trace") {
  with_engine({.pool_size = 1, .max_overflow = 0}, [](sql::Engine& engine) -> Task<> {
    {
      const auto one = co_await sessions(engine, 1);
      CHECK_THROWS_AS(co_await with_timeout(10ms, engine.connect()), Timeout);
    }
    const sql::Stats stats = engine.stats();
    CHECK(stats.leases == stats.returns);
    CHECK(stats.idle == 1);
    CHECK(stats.waiting == 0);
  });
}

TEST_CASE("a place that is granted in the moment of a cancellation is not lost") {
  with_engine({.pool_size = 1, .max_overflow = 0}, [](sql::Engine& engine) -> Task<> {
    std::vector<sql::Session> one = co_await sessions(engine, 1);
    Ended ended = Ended::kNot;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn(observe(engine.connect(), ended));
      co_await yield_now();
      CHECK(engine.stats().waiting == 1);
      one.clear();
      group.cancel();
    });
    CHECK(ended == Ended::kValue);
    const sql::Stats stats = engine.stats();
    CHECK(stats.leases == stats.returns);
    CHECK(stats.idle == 1);
    CHECK(stats.in_use == 0);
  });
}

TEST_CASE("a connection that has grown old is not used again") {
  with_engine({.pool_recycle = 1ms}, [](sql::Engine& engine) -> Task<> {
    for (int i = 0; i < 3; ++i) {
      const auto one = co_await sessions(engine, 1);
      co_await sleep(2ms);
    }
    CHECK(engine.stats().opened == 3);
    CHECK(engine.stats().idle == 0);
  });
}

TEST_CASE("a connection that grows old while idle is replaced when it is asked for") {
  with_engine({.pool_recycle = 50ms}, [](sql::Engine& engine) -> Task<> {
    {
      const auto one = co_await sessions(engine, 1);
    }
    CHECK(engine.stats().idle == 1);
    co_await sleep(60ms);
    const auto one = co_await sessions(engine, 1);
    CHECK(engine.stats().opened == 2);
  });
}

TEST_CASE("a connection that the server has ended is found out before anybody gets it") {
  const bool pre_ping = GENERATE(true, false);
  with_engine({.pre_ping = pre_ping}, [](sql::Engine& engine) -> Task<> {
    {
      const auto three = co_await sessions(engine, 3);
    }
    CHECK(engine.stats().idle == 3);
    postgres().ask(
        "select pg_terminate_backend(pid) from pg_stat_activity where backend_type ="
        " 'client backend' and pid <> pg_backend_pid()");
    co_await until([] { return postgres().clients() == 0; });
    co_await engine.session([](sql::Session& session) -> Task<> {
      CHECK(co_await session.query_value<int>("select 1") == 1);
    });
    CHECK(engine.stats().opened == 4);
    CHECK(engine.stats().idle == 1);
  });
}

TEST_CASE("a connection is pinged when it has lain unused, and only then") {
  const async::Duration after = GENERATE(async::Duration(0), async::Duration(1h));
  with_engine({.pre_ping_after = after}, [&](sql::Engine& engine) -> Task<> {
    {
      const auto one = co_await sessions(engine, 1);
    }
    co_await engine.session([&](sql::Session& session) -> Task<> {
      const std::string last = postgres().ask("select query from pg_stat_activity where pid = " +
                                              std::to_string(session.server_pid()));
      CHECK(last == (after == 0s ? "" : "select 1"));
      co_return;
    });
  });
}

TEST_CASE("a session that loses its connection says so, and the next one has a new one") {
  with_engine({}, [](sql::Engine& engine) -> Task<> {
    co_await engine.session([](sql::Session& session) -> Task<> {
      co_await session.query("select 1");
      postgres().ask("select pg_terminate_backend(" + std::to_string(session.server_pid()) + ")");
      co_await until([] { return postgres().clients() == 0; });
      const auto lost = co_await error_of<sql::ConnectionError>(session.query("select 1"));
      CHECK(lost->connection_lost());
      CHECK(lost->transient());
      CHECK(lost->sqlstate() == "57P01");
      const auto again = co_await error_of<sql::ConnectionError>(session.query("select 1"));
      CHECK_FALSE(again->may_have_run());
    });
    co_await engine.session([](sql::Session& session) -> Task<> {
      CHECK(co_await session.query_value<int>("select 1") == 1);
    });
  });
}

TEST_CASE("a query that is cut off by the loss of its connection may have run") {
  with_session([](sql::Session& session) -> Task<> {
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn(
          [](sql::Session& s) -> Task<> {
            const auto lost =
                co_await error_of<sql::ConnectionError>(s.query("select pg_sleep(1000)"));
            CHECK(lost->may_have_run());
          },
          std::ref(session));
      co_await until_running("pg_sleep(1000)");
      postgres().ask("select pg_terminate_backend(" + std::to_string(session.server_pid()) + ")");
    });
  });
}

TEST_CASE("a closed engine gives no more sessions, and waits for those there are") {
  with_engine({}, [](sql::Engine& engine) -> Task<> {
    co_await task_group([&](TaskGroup& group) -> Task<> {
      {
        const auto one = co_await sessions(engine, 1);
        group.spawn([](sql::Engine& e) -> Task<> { co_await e.close(); }, std::ref(engine));
        co_await yield_now();
        CHECK_THROWS_WITH(co_await engine.connect(), "the engine is closed");
        CHECK(group.size() == 1);
      }
      co_return;
    });
    CHECK(postgres().clients() == 0);
  });
}

}  // namespace
}  // namespace penstock::test
