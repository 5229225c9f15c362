#include <cstdlib>
#include <random>

#include "with_postgres.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

/// A query that is stopped at the server shows there no more, and took its locks with it.
TEST_CASE("a query that is cancelled is stopped at the server, and its connection closed") {
  with_engine({}, [](sql::Engine& engine) -> Task<> {
    CHECK_THROWS_AS(co_await with_timeout(50ms, engine.session([](sql::Session& session) -> Task<> {
                      co_await session.query("select pg_sleep(1000)");
                    })),
                    Timeout);
    CHECK(engine.stats().idle == 0);
    co_await until([] { return postgres().clients() == 0; });
    co_await until([&] { return engine.stats().closing == 0; });
  });
}

TEST_CASE("a timeout inside a session costs the session its connection, and no more") {
  with_engine({}, [](sql::Engine& engine) -> Task<> {
    co_await engine.session([](sql::Session& session) -> Task<> {
      CHECK_THROWS_AS(co_await with_timeout(20ms, session.query("select pg_sleep(1000)")), Timeout);
      const auto error = co_await error_of<sql::ConnectionError>(session.query("select 1"));
      CHECK_FALSE(error->may_have_run());
    });
    co_await engine.session([](sql::Session& session) -> Task<> {
      CHECK(co_await session.query_value<int>("select 1") == 1);
    });
  });
}

TEST_CASE("a connection that is being closed keeps its place until the server has let go of it") {
  with_engine({.pool_size = 1, .max_overflow = 0}, [](sql::Engine& engine) -> Task<> {
    for (int i = 0; i < 20; ++i) {
      CHECK_THROWS_AS(
          co_await with_timeout(2ms, engine.session([](sql::Session& session) -> Task<> {
            co_await session.query("select pg_sleep(1000)");
          })),
          Timeout);
      CHECK(postgres().clients() <= 1);
      CHECK(engine.stats().connections() <= 1);
    }
  });
}

TEST_CASE("a cancelled transaction's locks are gone with it") {
  postgres().ask("create table if not exists locked (n int)");
  with_engine({}, [](sql::Engine& engine) -> Task<> {
    CHECK_THROWS_AS(
        co_await with_timeout(50ms, engine.transaction([](sql::Transaction& tx) -> Task<> {
          co_await tx.execute("lock table locked in access exclusive mode");
          co_await tx.query("select pg_sleep(1000)");
        })),
        Timeout);
    co_await engine.session(
        [](sql::Session& session) -> Task<> { co_await session.query("select * from locked"); });
  });
}

TEST_CASE("in a cancelled scope nothing is leased and nothing is sent") {
  with_engine({}, [](sql::Engine& engine) -> Task<> {
    {
      CancelScope scope;
      scope.cancel();
      CHECK(co_await swallow(engine.connect()) == Ended::kCancelled);
    }
    CHECK(engine.stats().leases == engine.stats().returns);
    CHECK(engine.stats().opened == 0);
  });
}

TEST_CASE("a query that was answered is delivered, cancelled or not") {
  with_session([](sql::Session& session) -> Task<> {
    co_await session.query("select 1");
    Ended ended = Ended::kNot;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn(observe(session.query("select 1"), ended));
      co_await until([&] { return ended != Ended::kNot; });
      group.cancel();
    });
    CHECK(ended == Ended::kValue);
    CHECK(co_await session.query_value<int>("select 1") == 1);
  });
}

// --- the storm ---

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

struct Storm {
  sql::Engine& engine;
  std::mt19937_64 random;
  int left;
  std::size_t most = 0;
  long most_at_server = 0;
  int cut = 0;

  std::uint64_t draw(std::uint64_t below) { return random() % below; }
};

/// Something that takes a while, with cancellation points of every kind.
Task<> work(Storm& storm) {
  switch (storm.draw(5)) {
    case 0:
      co_await storm.engine.session([](sql::Session& session) -> Task<> {
        co_await session.query("select pg_sleep(0.003)");
        co_await session.query("select 1");
      });
      break;
    case 1:
      co_await storm.engine.transaction([](sql::Transaction& tx) -> Task<> {
        co_await tx.execute("insert into storm values (1)");
        co_await sleep(2ms);
        co_await tx.execute("insert into storm values (2)");
      });
      break;
    case 2:
      co_await storm.engine.transaction([](sql::Transaction& tx) -> Task<> {
        co_await tx.transaction([](sql::Transaction& inner) -> Task<> {
          co_await inner.query("select pg_sleep(0.002)");
        });
        throw std::runtime_error("rolled back");
      });
      break;
    case 3:
      co_await storm.engine.session([](sql::Session& session) -> Task<> {
        sql::Stream rows = co_await session.stream("select generate_series(1, 20000)");
        for (int i = 0; i < 5000; ++i) co_await rows.next();
      });
      break;
    default:
      co_await storm.engine.session([](sql::Session& session) -> Task<> {
        co_await session.execute("begin");
        co_await session.query("select 1");
        co_await sleep(1ms);
      });
  }
}

Task<> worker(Storm& storm) {
  while (storm.left-- > 0) {
    try {
      co_await with_timeout(std::chrono::microseconds(storm.draw(8000)), work(storm));
    } catch (const Timeout&) {
      ++storm.cut;
    } catch (const std::runtime_error& error) {
      CHECK(error.what() == std::string("rolled back"));
    }
    storm.most = std::max(storm.most, storm.engine.stats().connections());
  }
}

/// What the server sees, again and again, from a connection of its own.
Task<> watch(Storm& storm) {
  while (storm.left > 0) {
    storm.most_at_server = std::max(storm.most_at_server, postgres().clients());
    co_await sleep(1ms);
  }
}

TEST_CASE("a storm of cancellations leaks nothing and never exceeds the pool") {
  const std::uint64_t seed = from_environment("STORM_SEED", std::random_device{}());
  const auto count = static_cast<int>(from_environment("STORM_CANCELLATIONS", 1000));
  INFO("STORM_SEED=" << seed);
  postgres().ask("create table if not exists storm (n int)");
  with_engine({.pool_size = 3, .max_overflow = 5}, [&](sql::Engine& engine) -> Task<> {
    Storm storm{.engine = engine, .random = std::mt19937_64(seed), .left = count};
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn(watch(storm), "watch");
      for (int i = 0; i < 16; ++i) group.spawn(worker(storm), "worker");
      co_return;
    });
    CHECK(storm.cut > count / 20);
    CHECK(storm.most <= 8);
    CHECK(storm.most_at_server <= 8);
    CHECK(storm.most_at_server > 0);
    co_await engine.close();
    const sql::Stats stats = engine.stats();
    CHECK(stats.leases == stats.returns);
    CHECK(stats.connections() == 0);
    CHECK(postgres().idle_in_transaction() == 0);
    CHECK(postgres().clients() == 0);
  });
}

}  // namespace
}  // namespace penstock::test
