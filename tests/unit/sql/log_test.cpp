#include <algorithm>

#include "support/log_to_memory.hpp"
#include "with_postgres.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

/// Runs `body(engine)` with the log as it is.
template <class Body>
void run_logged(const std::string& url, sql::Options options, Body body) {
  run_real([&]() -> Task<> { co_await sql::with_engine(url, options, std::ref(body)); });
}

TEST_CASE("what the server remarks goes to the log, at debug") {
  LogToMemory memory(log::Level::kDebug);
  run_logged(postgres().url(), {}, [](sql::Engine& engine) -> Task<> {
    co_await engine.session([](sql::Session& session) -> Task<> {
      co_await session.execute("do $$ begin raise notice 'by the way'; end $$");
    });
  });
  const std::string text = memory.text();
  CHECK_THAT(text, Catch::Contains("level=debug msg=\"database notice\""));
  CHECK_THAT(text, Catch::Contains("notice=\"by the way\""));
}

TEST_CASE("an outage is told of once while it lasts and once when it is over, without a password") {
  LogToMemory memory;
  PostgresServer& server = postgres();
  server.kill();
  const sql::Options options{.retry = {1ms, 5ms}};
  run_logged(server.tcp_url("postgres", "hunter2"), options, [&](sql::Engine& engine) -> Task<> {
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn([](sql::Engine& e) -> Task<> { co_await e.connect(); }, std::ref(engine));
      co_await sleep(50ms);
      server.start();
    });
  });
  const std::string text = memory.text();
  CHECK(std::ranges::count(text, '\n') == 2);
  CHECK_THAT(text, Catch::Contains("level=warning msg=\"database is away\""));
  CHECK_THAT(text, Catch::Contains("level=info msg=\"database is back\""));
  CHECK_THAT(text, !Catch::Contains("hunter2"));
}

}  // namespace
}  // namespace penstock::test
