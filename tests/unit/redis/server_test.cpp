// The client against a real redis-server.
#include <catch2/catch.hpp>

#include "with_redis.hpp"

using namespace penstock;
using namespace penstock::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

TEST_CASE("commands and binary values travel over a unix socket and over TCP") {
  RedisServer server(RedisServer::Options{.tcp = true});
  const auto port = static_cast<std::uint16_t>(server.port());
  const std::string value = "\r\n\0\xff binary"s;
  for (const auto& address :
       {redis::Address::unix_socket(server.socket()), redis::Address::tcp("127.0.0.1", port),
        redis::Address::tcp("localhost", port)}) {
    with_redis({.address = address}, [&](redis::Client& client) -> async::Task<> {
      CHECK(co_await outcome(client.call({"SET", "k", value})) == "OK");
      CHECK(co_await outcome(client.call({"GET", "k"})) == value);
    });
  }
}

TEST_CASE("ten thousand calls at once are answered in order") {
  RedisServer server;
  with_redis(options_for(server), [](redis::Client& client) -> async::Task<> {
    std::vector<redis::Call> calls;
    for (int i = 0; i < 10000; ++i) calls.push_back(client.call({"INCR", "n"}));
    for (int i = 0; i < 10000; ++i) {
      const redis::Reply reply = co_await std::move(calls[static_cast<std::size_t>(i)]);
      REQUIRE(reply.integer() == i + 1);
    }
  });
}

TEST_CASE("a value larger than any buffer goes both ways") {
  RedisServer server;
  with_redis(options_for(server), [](redis::Client& client) -> async::Task<> {
    const std::string value(20'000'000, 'x');
    CHECK(co_await outcome(client.call({"SET", "k", value})) == "OK");
    redis::Reply reply = co_await client.call({"GET", "k"});
    CHECK(reply.string() == value);
  });
}

TEST_CASE("a killed Redis is found again, and every call is settled as it went") {
  // With everysec a write may wait up to two seconds for a sync that is under way.
  RedisServer server(
      RedisServer::Options{.append_only = true, .arguments = {"--appendfsync", "always"}});
  with_redis(options_for(server), [&](redis::Client& client) -> async::Task<> {
    std::int64_t done = 0;
    std::int64_t unknown = 0;
    for (int round = 0; round < 3; ++round) {
      std::vector<redis::Call> calls;
      for (int i = 0; i < 5000; ++i) calls.push_back(client.call({"INCR", "n"}));
      co_await std::move(calls.front());
      ++done;
      server.kill();
      for (std::size_t i = 1; i < calls.size(); ++i) {
        const std::string ended = co_await outcome(std::move(calls[i]));
        done += ended.find_first_not_of("0123456789") == std::string::npos ? 1 : 0;
        unknown += ended == "lost" ? 1 : 0;
      }
      server.start();
      while (co_await outcome(client.call({"PING"})) != "PONG") co_await client.wait_connected();
    }
    const std::int64_t value = std::stoll(co_await outcome(client.call({"GET", "n"})));
    CHECK(value >= done);
    CHECK(value <= done + unknown);
  });
}

TEST_CASE("a stopped Redis is given up in time, and found again when it goes on") {
  RedisServer server;
  redis::Options options = options_for(server);
  options.command_timeout = options.connect_timeout = 100ms;
  with_redis(options, [&](redis::Client& client) -> async::Task<> {
    server.pause();
    redis::Call first = client.call({"INCR", "n"});
    CHECK(co_await outcome(std::move(first)) == "timeout");
    CHECK_FALSE(client.connected());
    co_await async::sleep(200ms);
    server.resume();
    co_await client.wait_connected();
    CHECK(co_await outcome(client.call({"PING"})) == "PONG");
  });
}

TEST_CASE("a client that is killed again and again comes back each time") {
  RedisServer server;
  with_redis(options_for(server), [&](redis::Client& client) -> async::Task<> {
    RedisClient operator_client = server.client();
    for (std::uint64_t round = 1; round <= 20; ++round) {
      co_await client.wait_connected();
      CHECK(co_await outcome(client.call({"PING"})) == "PONG");
      operator_client.cmd("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      co_await until([&] { return client.generation() > round; });
    }
  });
}

TEST_CASE("scripts survive SCRIPT FLUSH at any moment") {
  RedisServer server;
  static const redis::Script count("count", "return redis.call('INCRBY', KEYS[1], ARGV[1])");
  with_redis(options_for(server), [&](redis::Client& client) -> async::Task<> {
    for (int round = 0; round < 50; ++round) {
      std::vector<redis::Call> calls;
      for (int i = 0; i < 20; ++i) {
        calls.push_back(client.eval(count, std::array<std::string_view, 1>{"n"},
                                    std::array<std::string_view, 1>{"1"}));
        if (i == round % 20) static_cast<void>(client.call({"SCRIPT", "FLUSH"}));
      }
      for (redis::Call& call : calls) co_await std::move(call);
    }
    CHECK(co_await outcome(client.call({"GET", "n"})) == "1000");
  });
}

TEST_CASE("a Redis that is loading its data refuses with that, and is waited for by newcomers") {
  RedisServer server(RedisServer::Options{
      .arguments = {"--enable-debug-command", "yes", "--key-load-delay", "1000",
                    "--loading-process-events-interval-bytes", "1024"}});
  RedisClient operator_client = server.client();
  operator_client.cmd("DEBUG", "POPULATE", 500, "key", 500);
  with_redis(options_for(server), [&](redis::Client& client) -> async::Task<> {
    redis::Endpoint endpoint(options_for(server));
    redis::Client newcomer(endpoint);
    operator_client.send({"DEBUG", "RELOAD"});
    co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
      while (co_await outcome(client.call({"GET", "key:1"})) != "loading") {
      }
      group.spawn(newcomer.run(), "newcomer");
      co_await until([&] { return endpoint.status().failure == redis::Failure::kLoading; });
      co_await newcomer.wait_connected();
      CHECK(client.generation() == 1);
      CHECK(co_await outcome(client.call({"PING"})) == "PONG");
      group.cancel();
    });
  });
}

TEST_CASE("a Redis out of memory refuses, in scripts too, and the connection stays") {
  RedisServer server;
  server.client().cmd("CONFIG", "SET", "maxmemory", "1");
  static const redis::Script set("set", "return redis.call('SET', KEYS[1], 'v')");
  with_redis(options_for(server), [](redis::Client& client) -> async::Task<> {
    CHECK(co_await outcome(client.call({"SET", "k", "v"})) == "out_of_memory");
    CHECK(co_await outcome(client.eval(set, std::array<std::string_view, 1>{"k"}, {})) ==
          "out_of_memory");
    CHECK(client.generation() == 1);
  });
}

TEST_CASE("too few replicas, a busy script and a wrong type are told apart") {
  RedisServer server(RedisServer::Options{.arguments = {"--lua-time-limit", "1"}});
  RedisClient operator_client = server.client();
  static const redis::Script push("push", "return redis.call('LPUSH', KEYS[1], 'v')");
  with_redis(options_for(server), [&](redis::Client& client) -> async::Task<> {
    co_await client.call({"SET", "k", "v"});
    CHECK(co_await outcome(client.eval(push, std::array<std::string_view, 1>{"k"}, {})) ==
          "wrong_type");
    operator_client.cmd("CONFIG", "SET", "min-replicas-to-write", "1");
    CHECK(co_await outcome(client.call({"SET", "k", "v"})) == "no_replicas");
    operator_client.send({"EVAL", "while true do end", "0"});
    while (co_await outcome(client.call({"GET", "k"})) != "busy") {
    }
    CHECK(co_await outcome(client.call({"SCRIPT", "KILL"})) == "OK");
    CHECK(client.generation() == 1);
  });
}

TEST_CASE("a demoted primary is left, blocked calls included, and found again when promoted") {
  RedisServer server;
  with_redis(options_for(server), [&](redis::Client& client) -> async::Task<> {
    const bool blocked = GENERATE(false, true);
    redis::Call blocking = client.call({blocked ? "BLPOP" : "PING", "q", "60"}, {.block = 60s});
    RedisClient operator_client = server.client();
    if (blocked) {
      co_await until([&] {
        return operator_client.cmd("INFO", "clients").text.contains("blocked_clients:1");
      });
    }
    operator_client.cmd("REPLICAOF", "127.0.0.1", "1");
    if (blocked) CHECK(co_await outcome(std::move(blocking)) == "read_only");
    if (!blocked) CHECK(co_await outcome(client.call({"SET", "k", "v"})) == "read_only");
    CHECK_FALSE(client.connected());
    co_await async::sleep(100ms);
    operator_client.cmd("REPLICAOF", "NO", "ONE");
    co_await client.wait_connected();
    CHECK(co_await outcome(client.call({"SET", "k", "v"})) == "OK");
  });
}

TEST_CASE("passwords and users are presented, and refused with the server's words") {
  RedisServer server;
  server.client().cmd("ACL", "SETUSER", "worker", "on", ">secret", "~orders*", "+@all");
  redis::Options options = options_for(server);
  options.username = "worker";
  options.password = "secret";
  with_redis(options, [&](redis::Client& client) -> async::Task<> {
    CHECK(co_await outcome(client.call({"SET", "orders", "v"})) == "OK");
    CHECK(co_await outcome(client.call({"SET", "others", "v"})) == "permission");
    redis::Options wrong = options;
    wrong.password = "guess";
    redis::Endpoint endpoint(wrong);
    redis::Client intruder(endpoint);
    co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
      group.spawn(intruder.run());
      co_await until([&] { return endpoint.status().failure.has_value(); });
      CHECK(endpoint.status().failure == redis::Failure::kAuthentication);
      CHECK_THAT(endpoint.status().error, Catch::Contains("WRONGPASS"));
      group.cancel();
    });
  });
}

TEST_CASE("another client ends a blocking call by the client's id") {
  RedisServer server;
  with_redis(options_for(server), [&](redis::Client& client) -> async::Task<> {
    redis::Call blocking = client.call({"BLPOP", "q", "60"}, {.block = 60s});
    RedisClient operator_client = server.client();
    co_await until(
        [&] { return operator_client.cmd("INFO", "clients").text.contains("blocked_clients:1"); });
    CHECK(operator_client.cmd("CLIENT", "UNBLOCK", client.id()) == 1);
    CHECK(co_await outcome(std::move(blocking)) == "nil");
    CHECK(co_await outcome(client.call({"PING"})) == "PONG");
  });
}

TEST_CASE("a client that tracks keys for another hears of what it read and others changed") {
  RedisServer server;
  std::vector<std::string> invalidated;
  const auto subscribe = [](redis::Connected& connected) -> async::Task<> {
    co_await connected.call({"SUBSCRIBE", "__redis__:invalidate"});
  };
  const auto keep = [&](redis::Reply reply) {
    invalidated.push_back(reply.array()[2].array()[0].string());
  };
  const auto body = [&](redis::Client& listener) -> async::Task<> {
    redis::Endpoint endpoint(options_for(server));
    redis::Client reader(endpoint, {.on_connect = [&](redis::Connected& self) -> async::Task<> {
                           co_await self.call({"CLIENT", "TRACKING", "ON", "REDIRECT",
                                               std::to_string(listener.id())});
                         }});
    co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
      group.spawn(reader.run(), "reader");
      co_await reader.wait_connected();
      co_await reader.call({"GET", "orders"});
      server.client().cmd("SET", "orders", "v");
      co_await until([&] { return !invalidated.empty(); });
      CHECK(invalidated.front() == "orders");
      group.cancel();
    });
  };
  with_redis(options_for(server), body, {.on_connect = subscribe, .on_message = keep});
}
