#include "penstock/redis/client.hpp"

#include <catch2/catch.hpp>

#include "penstock/async/timeout.hpp"
#include "with_client.hpp"

using namespace penstock;
using namespace penstock::test;
using namespace std::chrono_literals;

TEST_CASE("without a connection a call fails at once, saying why there is none") {
  World world;
  world.server.refuse = "cannot connect: connection refused";
  world.run([&]() -> async::Task<> {
    co_await async::sleep(1ms);
    const async::TimePoint start = now();
    CHECK(co_await message(world.client().call({"PING"})) ==
          "not sent: not connected to Redis at 127.0.0.1:6379: cannot connect: connection refused");
    CHECK(now() == start);
  });
}

TEST_CASE("a lost connection is made again, and counted") {
  World world;
  world.run([&]() -> async::Task<> {
    co_await world.client().wait_connected();
    CHECK(world.client().generation() == 1);
    world.server.wire().cut();
    co_await async::sleep(100ms);
    CHECK(world.client().connected());
    CHECK(world.client().generation() == 2);
    CHECK(co_await outcome(world.client().call({"PING"})) == "PONG");
  });
}

TEST_CASE("a client is not connected from the moment its connection ends") {
  World world;
  world.run([&]() -> async::Task<> {
    co_await world.client().wait_connected();
    world.client().abort();
    CHECK_FALSE(world.client().connected());
    CHECK(co_await outcome(world.client().call({"PING"})) == "unavailable");
    co_await world.client().wait_connected();
    CHECK(co_await outcome(world.client().call({"PING"})) == "PONG");
  });
}

TEST_CASE("every error that ends a connection makes the client come back by itself") {
  const std::string refusal =
      GENERATE("-READONLY You can't write\r\n", "-MASTERDOWN Link\r\n", "-UNBLOCKED force\r\n",
               "-NOAUTH Authentication required\r\n", "garbage\r\n", "");
  World world;
  world.run([&]() -> async::Task<> {
    co_await world.client().wait_connected();
    world.server.answer_with("DEL", refusal);
    CHECK(co_await outcome(world.client().call({"DEL", "k"})) != "OK");
    world.server.answer = RedisDouble::standard;
    co_await async::with_timeout(10s, world.client().wait_connected());
    CHECK(co_await outcome(world.client().call({"DEL", "k"})) == "OK");
    CHECK(world.server.connections() == 2);
  });
}

TEST_CASE("aborting fails what is under way and connects again") {
  World world;
  world.server.answer_with("BLPOP", "");
  world.run([&]() -> async::Task<> {
    co_await world.client().wait_connected();
    redis::Call blocking = world.client().call({"BLPOP", "k", "0"}, {.block = 1h});
    co_await async::sleep(1ms);
    world.client().abort();
    CHECK(co_await message(std::move(blocking)) ==
          "BLPOP: the connection to Redis was lost: given up by this side");
    co_await world.client().wait_connected();
    CHECK(world.client().generation() == 2);
  });
}

TEST_CASE("aborting without a connection does nothing") {
  World world;
  world.server.refuse = "no";
  world.run([&]() -> async::Task<> {
    world.client().abort();
    co_await async::sleep(1ms);
    world.client().abort();
  });
}

TEST_CASE("a client can be cancelled at every stage, and leaves nothing behind") {
  World world;
  const auto stage = GENERATE(range(0, 12));
  world.server.latency = 1ms;
  world.options.database = 1;
  world.client_options = {{.on_connect = [](redis::Connected& connected) -> async::Task<> {
    co_await connected.call({"CLIENT", "TRACKING", "ON"});
  }}};
  if (stage == 8) world.server.unreachable = true;
  if (stage == 9) world.server.refuse = "no";
  if (stage == 10) world.server.answer_with("PING", "-LOADING\r\n");
  if (stage == 11) world.server.answer_with("HELLO", "-WRONGPASS\r\n");
  world.run([&]() -> async::Task<> { co_await async::sleep(stage * 500us); });
  for (std::size_t i = 0; i < world.server.connections(); ++i) {
    CHECK(world.server.wire(i).closed_by_client());
  }
  CHECK(world.endpoint->status().connections == 0);
}

TEST_CASE("what was called last is sent before a cancelled client closes") {
  World world;
  world.run([&]() -> async::Task<> {
    co_await world.client().wait_connected();
    static_cast<void>(world.client().call({"DEL", "k"}));
  });
  CHECK(world.server.wire().commands().back() == Command{"DEL", "k"});
}

TEST_CASE("a call whose client has closed under it fails") {
  World world;
  world.server.answer_with("BLPOP", "");
  std::optional<redis::Call> call;
  world.run([&]() -> async::Task<> {
    co_await world.client().wait_connected();
    call = world.client().call({"BLPOP", "k", "0"});
  });
  on_virtual_time([&]() -> async::Task<> {
    CHECK(co_await message(std::move(*call)) ==
          "BLPOP: the connection to Redis was lost: closed by this side");
  });
}

TEST_CASE("a client runs again after it was cancelled") {
  World world;
  world.run([&]() -> async::Task<> {
    co_await async::sleep(1ms);
    world.endpoint->status();
  });
  world.run([&]() -> async::Task<> {
    co_await world.client().wait_connected();
    CHECK(co_await outcome(world.client().call({"PING"})) == "PONG");
  });
}

TEST_CASE("waiting for a connection can be cancelled") {
  World world;
  world.server.unreachable = true;
  world.run([&]() -> async::Task<> {
    CHECK_THROWS_AS(co_await async::with_timeout(1s, world.client().wait_connected()),
                    async::Timeout);
  });
}

TEST_CASE("an idle client sends nothing for a day") {
  World world;
  world.run([&]() -> async::Task<> {
    co_await world.client().wait_connected();
    const std::uint64_t turns = async::Loop::current().turns();
    co_await async::sleep(24h);
    CHECK(world.server.connections() == 1);
    CHECK(world.server.wire().transcript() == "HELLO 2, PING");
    CHECK(async::Loop::current().turns() - turns < 5);
  });
}

TEST_CASE("a client that blocks again and again for a day keeps its connection") {
  World world;
  world.server.latency = 50s;
  world.server.answer_with("BLMOVE", "$-1\r\n");
  world.options.connect_timeout = 60s;
  world.run([&]() -> async::Task<> {
    co_await world.client().wait_connected();
    for (const async::TimePoint end = now() + 24h; now() < end;) {
      const redis::Reply reply = co_await world.client().call({"BLMOVE", "50"}, {.block = 50s});
      CHECK(reply.is_nil());
    }
    CHECK(world.server.connections() == 1);
  });
}

TEST_CASE("messages are delivered to a subscriber, on each new connection") {
  World world;
  std::vector<std::string> heard;
  const auto subscribe = [](redis::Connected& connected) -> async::Task<> {
    co_await connected.call({"SUBSCRIBE", "__redis__:invalidate"});
  };
  const auto keep = [&](redis::Reply reply) {
    heard.push_back(reply.array()[2].array()[0].string());
  };
  world.client_options = {{.on_connect = subscribe, .on_message = keep}};
  const std::string invalidated =
      array({bulk("message"), bulk("__redis__:invalidate"), array({bulk("key")})});
  world.run([&]() -> async::Task<> {
    for (int i = 0; i < 2; ++i) {
      co_await world.client().wait_connected();
      world.server.wire().send(invalidated);
      co_await async::sleep(1ms);
      world.server.wire().cut();
      co_await async::sleep(1ms);
    }
    CHECK(heard == std::vector<std::string>{"key", "key"});
  });
}
