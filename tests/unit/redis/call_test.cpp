#include <catch2/catch.hpp>

#include "on_wire.hpp"
#include "penstock/async/sleep.hpp"
#include "penstock/async/task_group.hpp"
#include "penstock/async/timeout.hpp"

using namespace penstock;
using namespace penstock::test;
using namespace std::chrono_literals;

namespace {

/// Makes `call` in a task of its own, and cancels that task after `when`.
async::Task<> call_and_cancel(OnWire& line, async::Duration when, redis::CallOptions how = {}) {
  co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
    auto caller = group.spawn([&]() -> async::Task<> {
      co_await line.call({"GET", "k"}, how);
      FAIL("not cancelled");
    });
    co_await async::sleep(when);
    caller.cancel();
  });
}

}  // namespace

TEST_CASE("a call that is dropped is sent all the same") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    static_cast<void>(line.call({"DEL", "k"}));
    co_await line.call({"PING"});
    CHECK(line.server.wire().transcript() == "DEL k, PING");
  });
}

TEST_CASE("nothing is sent for a caller that is cancelled already") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    line.connect();
    co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
      group.cancel();
      co_await line.call({"DEL", "k"});
      FAIL("not cancelled");
    });
    CHECK(co_await outcome(line.call({"PING"})) == "PONG");
    CHECK(line.server.wire().transcript() == "PING");
  });
}

TEST_CASE("a cancelled caller leaves the connection to the others") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    line.server.latency = 1s;
    line.server.answer_with("GET", bulk("stale"));
    co_await call_and_cancel(line, 100ms);
    CHECK(co_await outcome(line.call({"PING"})) == "PONG");
    CHECK(line.server.wire().transcript() == "GET k, PING");
  });
}

TEST_CASE("a reply that comes after the caller was cancelled goes to its handler") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    line.server.latency = 1s;
    line.server.answer_with("GET", bulk("late"));
    std::vector<std::string> late;
    const auto keep = [&](redis::Reply reply) { late.push_back(reply.string()); };
    co_await call_and_cancel(line, 100ms, {.on_late_reply = keep});
    CHECK(late.empty());
    co_await line.call({"PING"});
    CHECK(late == std::vector<std::string>{"late"});
  });
}

TEST_CASE("a late error reply goes to the handler as it is") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    line.server.answer_with("GET", "-ERR no\r\n");
    bool error = false;
    static_cast<void>(line.call(
        {"GET", "k"}, {.on_late_reply = [&](redis::Reply reply) { error = reply.is_error(); }}));
    co_await line.call({"PING"});
    CHECK(error);
  });
}

TEST_CASE("a reply that was taken is not late") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    bool late = false;
    co_await line.call({"GET", "k"}, {.on_late_reply = [&](const redis::Reply&) { late = true; }});
    CHECK_FALSE(late);
  });
}

TEST_CASE("a handler is not called when the connection is lost first") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    line.server.cut_after_sent = 0;
    bool late = false;
    static_cast<void>(
        line.call({"GET", "k"}, {.on_late_reply = [&](const redis::Reply&) { late = true; }}));
    co_await line.connection->ended().wait();
    CHECK_FALSE(late);
  });
}

TEST_CASE("a reply that is there is delivered, cancelled or not") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    redis::Call call = line.call({"PING"});
    co_await async::sleep(1s);
    std::string text;
    co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
      group.cancel();
      text = (co_await std::move(call)).string();
    });
    CHECK(text == "PONG");
  });
}

TEST_CASE("a reply that arrives in the turn of the cancel is delivered") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    line.server.latency = 1s;
    std::string text;
    co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
      auto caller =
          group.spawn([&]() -> async::Task<> { text = (co_await line.call({"PING"})).string(); });
      co_await async::yield_now();
      co_await async::sleep(1s);
      caller.cancel();
    });
    CHECK(text == "PONG");
  });
}

TEST_CASE("a handler may call again") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    const auto again = [&](const redis::Reply&) { static_cast<void>(line.call({"DEL", "k"})); };
    static_cast<void>(line.call({"GET", "k"}, {.on_late_reply = again}));
    co_await async::sleep(1ms);
    CHECK(line.server.wire().transcript() == "GET k, DEL k");
  });
}

TEST_CASE("a handler may end the connection") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    const auto end = [&](const redis::Reply&) {
      line.connection->end(redis::Failure::kLost, "enough");
    };
    static_cast<void>(line.call({"GET", "k"}, {.on_late_reply = end}));
    CHECK(co_await message(line.call({"PING"})) ==
          "PING: the connection to Redis was lost: enough");
  });
}

TEST_CASE("a call may outlive its connection") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    redis::Call call = line.call({"GET", "k"});
    line.connection.reset();
    CHECK(co_await outcome(std::move(call)) == "unavailable");
  });
}

TEST_CASE("what is published goes to the subscriber, replies to their calls") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    std::vector<std::string> heard;
    line.events.published = [&](redis::Reply reply) { heard.push_back(reply.array()[2].string()); };
    const auto published = [](const char* text) {
      return array({bulk("message"), bulk("channel"), bulk(text)});
    };
    line.server.answer_with("SUBSCRIBE", published("before") +
                                             array({bulk("subscribe"), bulk("channel"), ":1\r\n"}) +
                                             published("after"));
    CHECK(co_await outcome(line.call({"SUBSCRIBE", "channel"})) == "array");
    line.server.wire().send(published("later"));
    co_await async::sleep(1s);
    CHECK(heard == std::vector<std::string>{"before", "after", "later"});
  });
}

TEST_CASE("an array that looks like a message is a reply where nobody subscribed") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    line.server.answer_with("LRANGE", array({bulk("message"), bulk("a"), bulk("b")}));
    CHECK(co_await outcome(line.call({"LRANGE", "q", "0", "-1"})) == "array");
  });
}
