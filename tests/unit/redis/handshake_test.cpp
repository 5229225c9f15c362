#include <catch2/catch.hpp>

#include "with_client.hpp"

using namespace penstock;
using namespace penstock::test;
using namespace std::chrono_literals;

namespace {

/// What HELLO answers where it differs from the standard.
std::string hello(const std::string& version, const std::string& role,
                  const std::string& mode = "standalone") {
  return array({bulk("version"), bulk(version), bulk("id"), ":7\r\n", bulk("mode"), bulk(mode),
                bulk("role"), bulk(role)});
}

/// Lets a client try once, and returns the endpoint's status.
redis::Endpoint::Status after_one_attempt(World& world) {
  redis::Endpoint::Status status;
  world.run([&]() -> async::Task<> {
    co_await async::sleep(1ms);
    status = world.endpoint->status();
  });
  return status;
}

}  // namespace

TEST_CASE("the handshake is one write") {
  World world;
  world.options.client_name = "penstock:host name";
  world.options.database = 3;
  world.client_options = {{.name = "fetch"}};
  world.run([&]() -> async::Task<> {
    co_await world.client().wait_connected();
    CHECK(world.server.wire().transcript() ==
          "HELLO 2 SETNAME penstock:host-name:fetch, SELECT 3, PING");
    CHECK(world.server.wire().writes() == 1);
    CHECK(world.client().id() == 7);
    CHECK(world.endpoint->status().version == "7.0.15");
  });
}

TEST_CASE("what needs not be said is not") {
  World world;
  world.run([&]() -> async::Task<> {
    co_await world.client().wait_connected();
    CHECK(world.server.wire().transcript() == "HELLO 2, PING");
  });
}

TEST_CASE("a password alone is the default user's") {
  World world;
  world.options.password = "secret";
  world.run([&]() -> async::Task<> {
    co_await world.client().wait_connected();
    CHECK(world.server.wire().transcript() == "HELLO 2 AUTH default secret, PING");
  });
}

TEST_CASE("the password is read anew for each connection") {
  World world;
  world.options.username = "worker";
  world.options.read_password = [n = 0]() mutable { return "p" + std::to_string(++n); };
  world.run([&]() -> async::Task<> {
    co_await world.client().wait_connected();
    world.server.wire().cut();
    co_await async::sleep(1s);
    CHECK(world.server.wire(0).commands()[0][4] == "p1");
    CHECK(world.server.wire(1).commands()[0][4] == "p2");
  });
}

TEST_CASE("a password that cannot be read is a failed authentication") {
  World world;
  world.options.read_password = []() -> std::string { throw std::runtime_error("no such file"); };
  const auto status = after_one_attempt(world);
  CHECK(status.failure == redis::Failure::kAuthentication);
  CHECK(status.error == "the password cannot be read: no such file");
}

TEST_CASE("a Redis that is too old is refused, saying what is needed") {
  World world;
  world.server.answer_with("HELLO", hello("6.0.16", "master"));
  CHECK(after_one_attempt(world).error ==
        "this Redis is version 6.0.16; 6.2 or later is needed, or Valkey");
}

TEST_CASE("a Redis that does not know HELLO is too old") {
  World world;
  world.server.answer_with("HELLO", "-ERR unknown command `HELLO`\r\n");
  CHECK(after_one_attempt(world).error ==
        "this Redis is older than version 6; 6.2 or later is needed");
}

TEST_CASE("6.2, 7.4 and 10.1 are recent enough") {
  World world;
  world.server.answer_with("HELLO", hello(GENERATE("6.2.0", "7.4.1", "10.1"), "master"));
  CHECK(after_one_attempt(world).connections == 1);
}

TEST_CASE("a replica is refused, and tried again: it may become the primary") {
  World world;
  world.server.answer_with("HELLO", hello("7.0.15", "replica"));
  world.run([&]() -> async::Task<> {
    co_await async::sleep(1s);
    CHECK(world.endpoint->status().failure == redis::Failure::kReadOnly);
    CHECK_THAT(world.endpoint->status().error, Catch::Contains("give the primary's address"));
    world.server.answer = RedisDouble::standard;
    co_await world.client().wait_connected();
  });
}

TEST_CASE("a Sentinel is not taken for a Redis") {
  World world;
  world.server.answer_with("HELLO", hello("7.0.15", "master", "sentinel"));
  CHECK_THAT(after_one_attempt(world).error, Catch::Contains("this Redis is a sentinel"));
}

TEST_CASE("a HELLO that is no map is a failed attempt") {
  World world;
  world.server.answer_with("HELLO", GENERATE("+OK\r\n", ":1\r\n", "$-1\r\n", "*2\r\n:1\r\n:2\r\n"));
  CHECK(after_one_attempt(world).failure == redis::Failure::kProtocol);
}

TEST_CASE("a database that does not exist is said") {
  World world;
  world.options.database = 99;
  world.server.answer_with("SELECT", "-ERR DB index is out of range\r\n");
  CHECK(after_one_attempt(world).error == "SELECT: ERR DB index is out of range");
}

TEST_CASE("a user who may not PING is connected all the same") {
  World world;
  world.server.answer_with("PING", "-NOPERM this user has no permissions\r\n");
  CHECK(after_one_attempt(world).connections == 1);
}

TEST_CASE("a Redis that is loading is waited for on the same connection") {
  World world;
  world.server.answer_with("PING", "-LOADING Redis is loading the dataset in memory\r\n");
  world.run([&]() -> async::Task<> {
    co_await async::sleep(30s);
    CHECK_FALSE(world.client().connected());
    CHECK(world.endpoint->status().failure == redis::Failure::kLoading);
    CHECK(world.server.connections() == 1);
    CHECK(world.server.wire().commands().size() < 25);
    world.server.answer = RedisDouble::standard;
    co_await async::sleep(2s);
    CHECK(world.client().connected());
    CHECK(world.server.connections() == 1);
  });
}

TEST_CASE("a handshake without an answer ends in time") {
  World world;
  world.server.answer = [](const Command&) { return ""; };
  world.run([&]() -> async::Task<> {
    co_await async::sleep(5s + 1ms);
    CHECK(world.endpoint->status().failure == redis::Failure::kTimeout);
    CHECK(world.server.wire(0).closed_by_client());
  });
}

TEST_CASE("a connection that is not made in time is given up") {
  World world;
  world.server.unreachable = true;
  world.run([&]() -> async::Task<> {
    co_await async::sleep(5s + 1ms);
    CHECK(world.endpoint->status().error == "no connection in time");
  });
}

TEST_CASE("what on_connect calls comes before everything else, and its failure is the attempt's") {
  World world;
  bool refused = true;
  world.client_options = {{.on_connect = [&](redis::Connected& connected) -> async::Task<> {
    CHECK(connected.id() == 7);
    co_await connected.call({"CLIENT", "TRACKING", "ON"});
    if (std::exchange(refused, false)) throw redis::Error(redis::Failure::kOther, "not yet");
  }}};
  world.run([&]() -> async::Task<> {
    co_await world.client().wait_connected();
    co_await world.client().call({"DEL", "k"});
    CHECK(world.server.connections() == 2);
    CHECK(world.server.wire().transcript() == "HELLO 2, PING, CLIENT TRACKING ON, DEL k");
  });
}

TEST_CASE("wherever the handshake is cut, the next one is made") {
  World world;
  const std::size_t at = GENERATE(range(std::size_t{0}, std::size_t{180}));
  (GENERATE(true, false) ? world.server.cut_after_sent : world.server.cut_after_received) = at;
  world.run([&]() -> async::Task<> {
    co_await async::sleep(5ms);
    world.server.cut_after_sent.reset();
    world.server.cut_after_received.reset();
    co_await async::sleep(1s);
    CHECK(world.client().connected());
    CHECK(co_await outcome(world.client().call({"PING"})) == "PONG");
  });
}
