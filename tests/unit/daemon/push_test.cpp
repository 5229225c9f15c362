// What a producer does about lost replies.
#include "daemon/commands/push.hpp"

#include <catch2/catch.hpp>

#include "unit/redis/with_client.hpp"

namespace penstock::commands {
namespace {

using namespace std::chrono_literals;
using test::Command;

const Batch kBatch{.ids = {"j1", "j2"}, .elements = {"a", "b"}};
constexpr const char* kPushed = "*0\r\n";

/// A server that takes batches, and loses its connection over the first `losses` of them.
struct Producer : test::World {
  int losses = 0;
  std::vector<Command> batches;  // as they came: EVAL, script, number of keys, keys, arguments
  std::string reply = kPushed;

  Producer() {
    server.answer = [this](const Command& command) -> std::string {
      if (!command.front().starts_with("EVAL")) return test::RedisDouble::standard(command);
      batches.push_back(command);
      if (losses-- <= 0) return reply;
      server.wire().cut();
      return "";
    };
  }

  /// What pushing `times` batches throws; empty for nothing.
  std::string push(int times = 1, const Batch& batch = kBatch) {
    std::string error;
    run([&]() -> async::Task<> {
      co_await client().wait_connected();
      Pusher pusher(client(), {.source = "q"});
      try {
        for (int i = 0; i < times; ++i) co_await pusher.push(batch);
      } catch (const redis::Error& lost) {
        error = lost.what();
      }
    });
    return error;
  }
  const std::string& guard(std::size_t i) const { return batches.at(i).at(5); }
  const std::string& name(std::size_t i) const { return batches.at(i).at(7); }
};

TEST_CASE_METHOD(Producer, "a batch whose reply was lost is sent again under its own name") {
  losses = 1;
  CHECK(push() == "");
  REQUIRE(batches.size() == 2);
  CHECK(guard(0) == guard(1));
  CHECK(name(0) == name(1));
}

TEST_CASE_METHOD(Producer,
                 "all batches of a producer share one guard, each with a name of its own") {
  CHECK(push(2) == "");
  REQUIRE(batches.size() == 2);
  CHECK(guard(0) == guard(1));
  CHECK(name(0) != name(1));
}

TEST_CASE_METHOD(Producer, "a connection that was lost while nothing was pushed is waited for") {
  run([&]() -> async::Task<> {
    co_await client().wait_connected();
    Pusher pusher(client(), {.source = "q"});
    co_await pusher.push(kBatch);
    server.wire().cut();
    while (client().connected()) co_await async::sleep(1ms);
    co_await pusher.push(kBatch);
  });
  CHECK(batches.size() == 2);
}

TEST_CASE_METHOD(Producer, "a Redis that does not come back in a minute got nothing") {
  std::string error;
  run([&]() -> async::Task<> {
    co_await client().wait_connected();
    server.refuse = "connection refused";
    server.wire().cut();
    while (client().connected()) co_await async::sleep(1ms);
    try {
      co_await Pusher(client(), {.source = "q"}).push(kBatch);
    } catch (const redis::Error& away) {
      error = away.what();
    }
  });
  CHECK(error == "not back within a minute");
  CHECK(batches.empty());
}

TEST_CASE_METHOD(Producer, "a batch that may have run is repeated through refused connections") {
  losses = 1;
  const auto lose = server.answer;
  server.answer = [&, lose](const Command& command) {
    const std::string reply = lose(command);
    if (losses == 0) server.refuse = "connection refused";
    return reply;
  };
  std::string error = "none";
  run([&]() -> async::Task<> {
    co_await client().wait_connected();
    co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
      group.spawn(
          [](test::RedisDouble& redis) -> async::Task<> {
            co_await async::sleep(30s);
            redis.refuse.reset();
          }(server),
          "redis comes back");
      co_await Pusher(client(), {.source = "q"}).push(kBatch);
      error = "";
    });
  });
  CHECK(error == "");
  CHECK(batches.size() == 2);
}

TEST_CASE_METHOD(Producer, "a batch that may have run and is never answered is told as such") {
  losses = 1000;
  CHECK_THAT(push(),
             Catch::EndsWith("the last 2 jobs may have been pushed: look before you push again"));
  CHECK(batches.size() > 2);
}

TEST_CASE_METHOD(Producer, "one job that may have been pushed is named") {
  losses = 1000;
  CHECK_THAT(push(1, {.ids = {"j1"}, .elements = {"a"}}),
             Catch::EndsWith("the job j1 may have been pushed: look before you push again"));
}

TEST_CASE_METHOD(Producer,
                 "a repeat that Redis refuses for good says that the first may have run") {
  losses = 1;
  reply = "-NOPERM not yours\r\n";
  CHECK_THAT(push(), Catch::Contains("NOPERM not yours; the last 2 jobs may have been pushed"));
}

TEST_CASE("a batch is full of many jobs, or of a few large ones") {
  Batch small;
  for (std::size_t i = 0; i < Batch::kMostJobs; ++i) {
    CHECK_FALSE(small.full());
    small.add("id", "x");
  }
  CHECK(small.full());
  Batch large;
  large.add("id", std::string(Batch::kMostBytes, 'x'));
  CHECK(large.full());
}

TEST_CASE_METHOD(Producer, "a unique job's lock holds for as long as it is told") {
  run([&]() -> async::Task<> {
    Pusher pusher(client(), {.source = "q", .unique = "k", .lock_for = 30min});
    co_await pusher.push(kBatch);
  });
  CHECK(batches.at(0).at(10) == "1800000");
}

TEST_CASE_METHOD(Producer,
                 "the time of a push is Redis' own, asked for again if its answer was lost") {
  int asked = 0;
  server.answer = [&](const Command& command) -> std::string {
    if (command.front() != "TIME") return test::RedisDouble::standard(command);
    if (++asked == 1) {
      server.wire().cut();
      return "";
    }
    return test::array({test::bulk("1234567890"), test::bulk("012345")});
  };
  run([&]() -> async::Task<> {
    Pusher pusher(client(), {.source = "q"});
    CHECK(co_await pusher.time() == job::Time(1'234'567'890'012ms));
  });
  CHECK(asked == 2);
}

TEST_CASE_METHOD(Producer, "a batch that Redis refuses at once was not pushed") {
  reply = "-OOM command not allowed\r\n";
  CHECK_THAT(push(), !Catch::Contains("may have been pushed"));
  CHECK(batches.size() == 1);
}

}  // namespace
}  // namespace penstock::commands
