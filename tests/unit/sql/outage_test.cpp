#include <chrono>

#include "with_postgres.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

const sql::Options kQuick{.pool_size = 3,
                          .max_overflow = 2,
                          .retry = {std::chrono::milliseconds(1), std::chrono::milliseconds(20)}};

/// A server that is not there, where one may appear.
std::string nowhere() {
  return "host=/nonexistent user=postgres dbname=postgres";
}

TEST_CASE("a server that is killed and comes back under load is found again") {
  with_engine(kQuick, [](sql::Engine& engine) -> Task<> {
    int done = 0;
    int lost = 0;
    bool stop = false;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      for (int i = 0; i < 8; ++i) {
        group.spawn(
            [](sql::Engine& e, const bool& enough, int& good, int& bad) -> Task<> {
              while (!enough) {
                try {
                  co_await e.session([](sql::Session& session) -> Task<> {
                    co_await session.query("select pg_sleep(0.001)");
                  });
                  ++good;
                } catch (const sql::ConnectionError& error) {
                  CHECK(error.transient());
                  ++bad;
                }
              }
            },
            std::ref(engine), std::cref(stop), std::ref(done), std::ref(lost));
      }
      co_await until([&] { return done > 50; });
      postgres().kill();
      co_await sleep(20ms);
      postgres().start();
      const int before = done;
      co_await until([&] { return done > before + 50; });
      stop = true;
    });
    CHECK(lost <= 5);  // what was under way; all else waited
    CHECK(engine.stats().connections() <= 5);
    CHECK(engine.stats().leases == engine.stats().returns);
  });
}

TEST_CASE("a server that is away is waited for, as long as the pool waits for a connection") {
  log::set_level(log::Level::kOff);
  run_real([]() -> Task<> {
    sql::Options options = kQuick;
    options.pool_timeout = 30ms;
    sql::Engine engine(nowhere(), options);
    const auto error = co_await error_of<sql::ConnectionError>(engine.connect());
    CHECK_THAT(error->what(), Catch::StartsWith("no connection in 30 ms: ") &&
                                  Catch::Contains("No such file or directory"));
    CHECK(error->transient());
    CHECK_FALSE(error->may_have_run());
    CHECK(engine.stats().connections() == 0);
    CHECK(engine.stats().leases == engine.stats().returns);
  });
}

TEST_CASE("what waiting does not mend fails at once") {
  with_engine_for(postgres().url() + " dbname=nonesuch", {}, [](sql::Engine& engine) -> Task<> {
    const auto error = co_await error_of<sql::ConnectionError>(engine.connect());
    CHECK(error->sqlstate() == "3D000");
    CHECK_FALSE(error->transient());
    CHECK_THAT(error->what(), Catch::Contains("database \"nonesuch\" does not exist"));
    CHECK(engine.stats().connections() == 0);
  });
}

TEST_CASE("a wrong password fails at once, and is told to nobody") {
  PostgresServer& server = postgres();
  server.ask("drop role if exists guarded");
  server.ask("create role guarded login password 'right'");
  server.demand_password("guarded");
  with_engine_for(server.tcp_url("guarded", "hunter2"), {}, [](sql::Engine& engine) -> Task<> {
    const auto error = co_await error_of<sql::ConnectionError>(engine.connect());
    CHECK(error->sqlstate() == "28P01");
    CHECK_FALSE(error->transient());
    CHECK_THAT(error->what(), !Catch::Contains("hunter2"));
  });
  with_engine_for(server.tcp_url("guarded", "right"), {}, [](sql::Engine& engine) -> Task<> {
    co_await engine.session([](sql::Session& session) -> Task<> {
      CHECK(co_await session.query_value<std::string>("select current_user") == "guarded");
    });
  });
}

TEST_CASE("a name is resolved, and each of its addresses tried, before a connection is given up") {
  with_engine_for(postgres().tcp_url(), {}, [](sql::Engine& engine) -> Task<> {
    co_await engine.session([](sql::Session& session) -> Task<> {
      CHECK(co_await session.query_value<std::string>("select host(inet_client_addr())") ==
            "127.0.0.1");
    });
  });
}

TEST_CASE("of several servers the first that answers is taken") {
  const std::string url = "postgresql://postgres@no-such-host.invalid:1,127.0.0.1:1,127.0.0.1:" +
                          std::to_string(postgres().port()) + "/postgres";
  with_engine_for(url, {}, [](sql::Engine& engine) -> Task<> {
    co_await engine.session([](sql::Session& session) -> Task<> {
      CHECK(co_await session.query_value<int>("select 1") == 1);
    });
  });
}

TEST_CASE("a server that takes connections and does not answer is given up in time") {
  PostgresServer& server = postgres();
  sql::Options options = kQuick;
  options.connect_timeout = 20ms;
  options.pool_timeout = 100ms;
  options.close_timeout = 50ms;
  log::set_level(log::Level::kOff);
  server.pause();
  run_real([&]() -> Task<> {
    sql::Engine engine(server.url(), options);
    const auto error = co_await error_of<sql::ConnectionError>(engine.connect());
    CHECK_THAT(error->what(), Catch::Contains("no answer in time"));
    co_await engine.close();
    CHECK(engine.stats().connections() == 0);
  });
  server.resume();
}

TEST_CASE("connecting that is cancelled gives its place back") {
  PostgresServer& server = postgres();
  log::set_level(log::Level::kOff);
  server.pause();
  run_real([&]() -> Task<> {
    sql::Engine engine(server.url(), {.close_timeout = 50ms});
    CHECK_THROWS_AS(co_await with_timeout(10ms, engine.connect()), Timeout);
    CHECK(engine.stats().closing == 1);
    co_await engine.close();
    CHECK(engine.stats().connections() == 0);
  });
  server.resume();
}

TEST_CASE("while the server is away one task at a time tries, and the others are served after it") {
  PostgresServer& server = postgres();
  server.kill();
  with_engine(kQuick, [&](sql::Engine& engine) -> Task<> {
    int served = 0;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      for (int i = 0; i < 5; ++i) {
        group.spawn(
            [](sql::Engine& e, int& count) -> Task<> {
              co_await e.session([](sql::Session& s) -> Task<> { co_await s.query("select 1"); });
              ++count;
            },
            std::ref(engine), std::ref(served));
      }
      co_await sleep(30ms);
      CHECK(engine.stats().in_use <= 1);
      server.start();
    });
    CHECK(served == 5);
  });
}

}  // namespace
}  // namespace penstock::test
