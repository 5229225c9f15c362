// What the tests of the database share: one server for the whole program, and an engine for a body.
#pragma once

#include <catch2/catch.hpp>
#include <functional>

#include "penstock/async/sleep.hpp"
#include "penstock/async/task_group.hpp"
#include "penstock/async/timeout.hpp"
#include "penstock/log/log.hpp"
#include "penstock/sql/engine.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"
#include "support/postgres_server.hpp"

namespace penstock::test {

inline PostgresServer& postgres() {
  static PostgresServer server;
  return server;
}

/// Runs `body(engine)` in real time with an engine for `url`. Afterwards the server has no client.
template <class Body>
void with_engine_for(const std::string& url, sql::Options options, Body body) {
  log::set_level(log::Level::kOff);
  run_real([&]() -> async::Task<> { co_await sql::with_engine(url, options, std::ref(body)); });
  CHECK(postgres().clients() == 0);
}

template <class Body>
void with_engine(sql::Options options, Body body) {
  with_engine_for(postgres().url(), options, std::move(body));
}

/// Runs `body(session)` with a session of an engine.
template <class Body>
void with_session(Body body, sql::Options options = {}) {
  with_engine(options, [&](sql::Engine& engine) -> async::Task<> {
    co_await engine.session(std::ref(body));
  });
}

/// What `work` throws, as E; fails the test when it throws nothing.
template <class E, class T>
async::Task<std::optional<E>> error_of(async::Task<T> work) {
  try {
    co_await std::move(work);
  } catch (const E& error) {
    co_return error;
  }
  FAIL_CHECK("nothing was thrown");
  co_return std::nullopt;
}

/// Waits, on the loop, for what another process does.
template <class Condition>
async::Task<> until(Condition condition) {
  while (!condition()) co_await async::sleep(std::chrono::milliseconds(2));
}

/// Until the server runs a query that has `text` in it.
inline async::Task<> until_running(const std::string& text) {
  co_await until([&] {
    return postgres().count(
               "select count(*) from pg_stat_activity where state = 'active' and"
               " pid <> pg_backend_pid() and query like '%" +
               text + "%' and query not like '%pg_stat_activity%'") > 0;
  });
}

}  // namespace penstock::test
