#include <catch2/catch.hpp>

#include "on_wire.hpp"
#include "penstock/async/timeout.hpp"

using namespace penstock;
using namespace penstock::test;
using namespace std::chrono_literals;

namespace {

async::Duration since(async::TimePoint start) {
  return async::Loop::current().now() - start;
}

/// A connection to a server that hears everything and says nothing.
struct Deaf : OnWire {
  Deaf() {
    server.answer = [](const Command&) { return ""; };
  }
};

}  // namespace

TEST_CASE("a call without a reply fails in time, and the connection is given up") {
  on_virtual_time([]() -> async::Task<> {
    Deaf line;
    const async::TimePoint start = async::Loop::current().now();
    CHECK(co_await outcome(line.call({"PING"})) == "timeout");
    CHECK(since(start) == 5s);
    CHECK(line.connection->why().failure() == redis::Failure::kTimeout);
    CHECK(line.server.wire().closed_by_client());
  });
}

TEST_CASE("the calls that had time left are lost with the connection") {
  on_virtual_time([]() -> async::Task<> {
    Deaf line;
    redis::Call patient = line.call({"GET", "k"}, {.timeout = 60s});
    redis::Call hasty = line.call({"PING"}, {.timeout = 1s});
    CHECK(co_await outcome(std::move(hasty)) == "timeout");
    CHECK(co_await outcome(std::move(patient)) == "lost");
  });
}

TEST_CASE("a blocking call has its block time on top") {
  on_virtual_time([]() -> async::Task<> {
    Deaf line;
    const async::TimePoint start = async::Loop::current().now();
    CHECK(co_await outcome(line.call({"BLPOP", "k", "50"}, {.block = 50s})) == "timeout");
    CHECK(since(start) == 55s);
  });
}

TEST_CASE("a call behind a blocking one has its time from when that must have ended") {
  on_virtual_time([]() -> async::Task<> {
    Deaf line;
    line.server.latency = 9s;
    line.server.answer_with("PING", "*-1\r\n+PONG\r\n");
    redis::Call blocking = line.call({"BLPOP", "k", "10"}, {.block = 10s});
    CHECK(co_await outcome(line.call({"PING"})) == "PONG");
    CHECK(co_await outcome(std::move(blocking)) == "nil");
  });
}

TEST_CASE("after a blocking call has been answered its time counts no more") {
  on_virtual_time([]() -> async::Task<> {
    Deaf line;
    line.server.answer_with("BLPOP", "*-1\r\n");
    co_await line.call({"BLPOP", "k", "50"}, {.block = 50s});
    const async::TimePoint start = async::Loop::current().now();
    CHECK(co_await outcome(line.call({"PING"})) == "timeout");
    CHECK(since(start) == 5s);
  });
}

TEST_CASE("what has arrived is read before a deadline counts") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    line.server.latency = 5s;
    CHECK(co_await outcome(line.call({"PING"})) == "PONG");
    CHECK(co_await outcome(line.call({"PING"})) == "PONG");
  });
}

TEST_CASE("a deadline around the caller cancels the caller alone") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    line.server.latency = 2s;
    CHECK_THROWS_AS(co_await async::with_timeout(1s, line.call({"GET", "k"})), async::Timeout);
    CHECK(co_await outcome(line.call({"PING"})) == "PONG");
  });
}

TEST_CASE("a call that was answered leaves no deadline behind that could harm a later one") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    co_await line.call({"PING"}, {.timeout = 1s});
    line.server.latency = 3s;
    CHECK(co_await outcome(line.call({"PING"}, {.timeout = 4s})) == "PONG");
  });
}
