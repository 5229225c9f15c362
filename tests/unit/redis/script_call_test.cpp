#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "on_wire.hpp"

using namespace penstock;
using namespace penstock::test;

namespace {

const redis::Script kOne("one", "return 1");
const redis::Script kTwo("two", "return 2");

/// A server that caches scripts as Redis does; flush() forgets them.
struct Scripted : OnWire {
  Scripted() {
    server.answer = [this](const Command& command) -> std::string {
      const bool by_hash = command.front() == "EVALSHA";
      const std::string hash = by_hash ? command[1] : redis::Script("", command[1]).sha1();
      if (!by_hash) cached.insert(hash);
      return cached.contains(hash) ? ":1\r\n" : "-NOSCRIPT No matching script.\r\n";
    };
  }
  void flush() { cached.clear(); }

  std::string names() const {
    std::string text;
    for (const Command& command : server_wire().commands()) text += command.front() + " ";
    return text;
  }
  RedisWire& server_wire() const { return const_cast<RedisDouble&>(server).wire(); }

  std::set<std::string> cached;
};

}  // namespace

TEST_CASE("a script is sent in full the first time, then by its hash") {
  on_virtual_time([]() -> async::Task<> {
    Scripted line;
    redis::Call first = line.eval(kOne);
    redis::Call second = line.eval(kOne);
    co_await std::move(first);
    co_await std::move(second);
    CHECK(line.server.wire().transcript() ==
          "EVAL return 1 1 k v, EVALSHA " + kOne.sha1() + " 1 k v");
  });
}

TEST_CASE("a script that Redis has forgotten is sent again, unseen by the caller") {
  on_virtual_time([]() -> async::Task<> {
    Scripted line;
    co_await line.eval(kOne);
    line.flush();
    CHECK(co_await outcome(line.eval(kOne)) == "1");
    CHECK(line.names() == "EVAL EVALSHA EVAL ");
  });
}

TEST_CASE("many calls of a forgotten script send it once, and keep their order") {
  on_virtual_time([]() -> async::Task<> {
    Scripted line;
    co_await line.eval(kOne);
    co_await line.eval(kTwo);
    line.flush();
    std::vector<redis::Call> calls;
    for (const redis::Script* script : {&kOne, &kTwo, &kOne, &kTwo}) {
      calls.push_back(line.eval(*script));
    }
    for (redis::Call& call : calls) CHECK(co_await outcome(std::move(call)) == "1");
    CHECK(line.names() == "EVAL EVAL EVALSHA EVALSHA EVALSHA EVALSHA EVAL EVAL EVALSHA EVALSHA ");
    CHECK(line.server.wire().commands()[6][1] == "return 1");
    CHECK(line.server.wire().commands()[9][1] == kTwo.sha1());
  });
}

TEST_CASE("a script is repeated although nobody waits for it") {
  on_virtual_time([]() -> async::Task<> {
    Scripted line;
    co_await line.eval(kOne);
    line.flush();
    static_cast<void>(line.eval(kOne));
    co_await line.eval(kTwo);
    co_await line.eval(kTwo);
    CHECK(line.names() == "EVAL EVALSHA EVAL EVAL EVALSHA ");
  });
}

TEST_CASE("a script that stays unknown is given up, naming it") {
  on_virtual_time([]() -> async::Task<> {
    OnWire line;
    line.server.answer = [](const Command&) { return "-NOSCRIPT No matching script.\r\n"; };
    CHECK(co_await message(line.eval(kOne)) == "script one: NOSCRIPT No matching script.");
    CHECK(line.server.wire().commands().size() == 4);
  });
}

TEST_CASE("a repeated script keeps its deadline") {
  on_virtual_time([]() -> async::Task<> {
    Scripted line;
    co_await line.eval(kOne);
    line.flush();
    line.server.latency = std::chrono::seconds(3);
    CHECK(co_await outcome(line.eval(kOne)) == "timeout");
  });
}

TEST_CASE("a new connection sends scripts in full again") {
  on_virtual_time([]() -> async::Task<> {
    Scripted line;
    co_await line.eval(kOne);
    line.connect();
    co_await line.eval(kOne);
    CHECK(line.names() == "EVAL ");
  });
}
