#include "penstock/redis/connection.hpp"

#include <catch2/catch.hpp>

#include "on_wire.hpp"
#include "penstock/async/sleep.hpp"
#include "penstock/async/task_group.hpp"

using namespace penstock;
using namespace penstock::test;
using namespace std::chrono_literals;

TEST_CASE("what is called in one turn leaves in one write, and is answered in order") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    line.server.answer = [](const Command& command) { return "+" + command[1] + "\r\n"; };
    std::vector<std::string> outcomes(3);
    co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
      for (std::size_t i = 0; i < outcomes.size(); ++i) {
        group.spawn([&, i]() -> async::Task<> {
          outcomes[i] = co_await outcome(line.call({"GET", std::to_string(i)}));
        });
      }
      co_return;
    });
    CHECK(outcomes == std::vector<std::string>{"0", "1", "2"});
    CHECK(line.server.wire().writes() == 1);
  });
}

TEST_CASE("calls made before the first is awaited travel together") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    redis::Call first = line.call({"SET", "a", "1"});
    redis::Call second = line.call({"PING"});
    CHECK(co_await outcome(std::move(second)) == "PONG");
    CHECK(first.settled());
    CHECK(co_await outcome(std::move(first)) == "OK");
    CHECK(line.server.wire().writes() == 1);
  });
}

TEST_CASE("a command is formatted when it is called: its arguments may die") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    std::string key = "orders";
    redis::Call call = line.call({"DEL", key});
    key = "xxxxxx";
    co_await std::move(call);
    CHECK(line.server.wire().transcript() == "DEL orders");
  });
}

TEST_CASE("an error reply is thrown, naming the command and never its arguments") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    line.server.answer_with("HGET", "-WRONGTYPE Operation against a key\r\n");
    CHECK(co_await outcome(line.call({"HGET", "secret", "field"})) == "wrong_type");
    CHECK(co_await message(line.call({"HGET", "secret", "field"})) ==
          "HGET: WRONGTYPE Operation against a key");
  });
}

TEST_CASE("an error inside an array is a value") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    line.server.answer_with("EXEC", array({"-ERR no\r\n", ":1\r\n"}));
    const redis::Reply reply = co_await line.call({"EXEC"});
    CHECK(reply.array()[0].is_error());
    CHECK(reply.array()[1].integer() == 1);
  });
}

TEST_CASE("a key of another cluster node is refused with the mend") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    line.server.answer_with("LLEN", "-MOVED 3999 127.0.0.1:6381\r\n");
    CHECK_THAT(co_await message(line.call({"LLEN", "orders"})), Catch::Contains("{orders}"));
  });
}

TEST_CASE("a call whose last byte had not left was not sent; one before it is lost") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    line.server.answer = [](const Command&) { return ""; };
    line.server.cut_after_received = 20;  // PING takes 14 bytes
    redis::Call first = line.call({"PING"});
    redis::Call second = line.call({"PING"});
    CHECK(co_await message(std::move(first)) == "PING: the connection to Redis was lost: cut");
    CHECK(co_await message(std::move(second)) ==
          "PING: not sent: the connection to Redis was lost: cut");
  });
}

TEST_CASE("wherever the wire is cut, each call is settled once, and as it went") {
  const bool answers_are_cut = GENERATE(false, true);
  const std::size_t at = GENERATE(range(std::size_t{0}, std::size_t{60}));
  on_virtual_time([&]() -> async::Task<> {
    OnWire line;
    (answers_are_cut ? line.server.cut_after_sent : line.server.cut_after_received) = at;
    std::vector<redis::Call> calls;
    for (int i = 0; i < 3; ++i) calls.push_back(line.call({"PING"}));
    const std::size_t arrived = answers_are_cut ? at / 7 : at / 14;  // "+PONG\r\n"; PING
    for (std::size_t i = 0; i < calls.size(); ++i) {
      const std::string ended = co_await outcome(std::move(calls[i]));
      CHECK(ended == (i < arrived ? "PONG" : answers_are_cut ? "lost" : "unavailable"));
    }
  });
}

TEST_CASE("a connection that has ended takes no more calls") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    co_await line.call({"PING"});
    line.server.wire().cut("gone");
    co_await line.connection->ended().wait();
    CHECK(co_await message(line.call({"PING"})) == "not sent: gone");
    CHECK(line.server.wire().closed_by_client());
  });
}

TEST_CASE("closing sends what was called, and fails what has no reply") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    line.server.answer = [](const Command&) { return ""; };
    redis::Call call = line.call({"LPUSH", "q", "job"});
    line.connection->close("over");
    CHECK(line.server.wire().transcript() == "LPUSH q job");
    CHECK(co_await message(std::move(call)) == "LPUSH: the connection to Redis was lost: over");
  });
}

TEST_CASE("garbage ends the connection, and every call with it") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    line.server.answer = [](const Command&) { return "HTTP/1.1 400 Bad Request\r\n"; };
    redis::Call first = line.call({"PING"});
    redis::Call second = line.call({"PING"});
    CHECK(co_await outcome(std::move(first)) == "protocol");
    CHECK(co_await outcome(std::move(second)) == "protocol");
    CHECK(line.connection->why().failure() == redis::Failure::kProtocol);
  });
}

TEST_CASE(
    "a reply that nobody asked for ends the connection, in the server's words if it is an error") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    line.connect();
    line.server.wire().send("-ERR max number of clients reached\r\n");
    co_await line.connection->ended().wait();
    CHECK(line.connection->why().what() == std::string("ERR max number of clients reached"));
  });
}

TEST_CASE("what waits to be sent is bounded, and the connection lives on") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    line.options.output_limit = 100;
    line.connect();
    line.server.wire().stall();
    redis::Call large = line.call({"SET", "k", std::string(200, 'x')});
    co_await async::sleep(1ms);
    CHECK(co_await outcome(line.call({"PING"})) == "overflow");
    line.server.wire().resume();
    CHECK(co_await outcome(std::move(large)) == "OK");
    CHECK(co_await outcome(line.call({"PING"})) == "PONG");
  });
}

TEST_CASE("what is called while the kernel takes nothing follows in order, in one write") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    line.connect();
    line.server.wire().stall();
    std::vector<redis::Call> calls;
    for (const char* key : {"a", "b", "c"}) {
      calls.push_back(line.call({"DEL", key}));
      co_await async::sleep(1ms);
    }
    line.server.wire().resume();
    for (redis::Call& call : calls) co_await std::move(call);
    CHECK(line.server.wire().transcript() == "DEL a, DEL b, DEL c");
    CHECK(line.server.wire().writes() == 2);
  });
}

TEST_CASE("a server that is not the primary any more is left once what it sent is delivered") {
  const std::string refusal = GENERATE("READONLY You can't write", "MASTERDOWN Link", "NOAUTH no",
                                       "UNBLOCKED force unblock");
  on_virtual_time([&]() -> async::Task<> {
    OnWire line;
    line.server.answer_with("DEL", "-" + refusal + "\r\n");
    line.server.answer_with("BLPOP", "");
    redis::Call write = line.call({"DEL", "k"});
    redis::Call read = line.call({"PING"});
    redis::Call waiting = line.call({"BLPOP", "k", "0"});
    CHECK(co_await outcome(std::move(write)) ==
          (refusal.starts_with("NOAUTH") ? "authentication" : "read_only"));
    CHECK(co_await outcome(std::move(read)) == "PONG");
    CHECK(co_await outcome(std::move(waiting)) == "lost");
    CHECK(line.connection->ended().is_set());
  });
}

TEST_CASE("a server that cannot serve just now is stayed with") {
  const std::string refusal =
      GENERATE("LOADING Redis", "BUSY script", "TRYAGAIN", "CLUSTERDOWN", "OOM command", "MISCONF",
               "NOREPLICAS", "NOPERM", "UNBLOCKED client unblocked via CLIENT UNBLOCK", "ERR odd");
  on_virtual_time([&]() -> async::Task<> {
    OnWire line;
    line.server.answer_with("DEL", "-" + refusal + "\r\n");
    CHECK(co_await message(line.call({"DEL", "k"})) == "DEL: " + refusal);
    CHECK(co_await outcome(line.call({"PING"})) == "PONG");
  });
}
