// What becomes of waiting for an answer when the connection does not last as long.
#include "daemon/commands/answer.hpp"

#include <catch2/catch.hpp>

#include "unit/redis/with_client.hpp"

namespace penstock::commands {
namespace {

using namespace std::chrono_literals;
using test::Command;

/// A server that replies to each look at the list with the next of `replies`; to "cut" it loses the
/// connection, and after the last it is silent.
struct Waiting : test::World {
  std::deque<std::string> replies;
  std::vector<Command> looks;
  bool taken_down = false;

  Waiting() {
    server.answer = [this](const Command& command) -> std::string {
      if (command.front() == "DEL") taken_down = true;
      if (command.front() != "BLMOVE") return test::RedisDouble::standard(command);
      looks.push_back(command);
      if (replies.empty()) return "";
      std::string reply = std::move(replies.front());
      replies.pop_front();
      if (reply != "cut") return reply;
      server.wire().cut();
      return "";
    };
  }

  std::optional<std::string> answer(async::Duration limit = 1h) {
    std::optional<std::string> answer;
    run([&]() -> async::Task<> {
      co_await client().wait_connected();
      answer = co_await await_answer(client(), "q:reply:1", limit);
    });
    return answer;
  }
};

TEST_CASE_METHOD(Waiting, "an answer is read where it stays, and taken down once it is here") {
  replies = {"$2\r\nok\r\n"};
  CHECK(answer() == "ok");
  REQUIRE(looks.size() == 1);
  CHECK(looks[0] == Command{"BLMOVE", "q:reply:1", "q:reply:1", "LEFT", "LEFT", "20"});
  CHECK(taken_down);
}

TEST_CASE_METHOD(Waiting, "an answer is waited for through lost connections") {
  replies = {"cut", "$-1\r\n", "cut", "-LOADING soon\r\n", "$2\r\nok\r\n"};
  CHECK(answer() == "ok");
  CHECK(looks.size() == 5);
}

TEST_CASE_METHOD(Waiting, "an answer that does not come is waited for as long as asked") {
  const async::Duration limit = GENERATE(async::Duration(0s), async::Duration(90s));
  async::Duration waited{};
  run([&]() -> async::Task<> {
    co_await client().wait_connected();
    const async::TimePoint began = test::now();
    CHECK_FALSE(co_await await_answer(client(), "q:reply:1", limit));
    waited = test::now() - began;
  });
  CHECK(waited == limit);
  CHECK_FALSE(taken_down);
}

TEST_CASE_METHOD(Waiting, "a Redis that stays away is waited for as long as asked") {
  bool answered = true;
  run([&]() -> async::Task<> {
    co_await client().wait_connected();
    server.refuse = "connection refused";
    server.wire().cut();
    answered = (co_await await_answer(client(), "q:reply:1", 90s)).has_value();
  });
  CHECK_FALSE(answered);
}

TEST_CASE_METHOD(Waiting, "a Redis that refuses for good ends the waiting") {
  replies = {"-NOPERM not yours\r\n"};
  CHECK_THROWS_WITH(answer(), Catch::Contains("NOPERM not yours"));
}

}  // namespace
}  // namespace penstock::commands
