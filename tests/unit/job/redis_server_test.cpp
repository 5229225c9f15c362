// The server that other tests stand on.
#include "support/redis_server.hpp"

#include <catch2/catch.hpp>

namespace penstock::test {
namespace {

TEST_CASE("redis server: answers once it is made, and is gone with its directory") {
  std::filesystem::path directory;
  {
    const RedisServer server;
    directory = server.directory();
    CHECK(server.client().cmd("PING").text == "PONG");
    CHECK(std::filesystem::exists(server.log()));
  }
  CHECK_FALSE(std::filesystem::exists(directory));
}

TEST_CASE("redis server: keeps its data over a kill when it is append-only, else forgets") {
  for (const bool append_only : {true, false}) {
    RedisServer server({.append_only = append_only});
    server.client().cmd("SET", "a", "1");
    server.kill();
    CHECK(server.pid() == 0);
    CHECK_THROWS(server.client());
    server.start();
    CHECK(server.client().cmd("GET", "a").is_nil() == !append_only);
  }
}

TEST_CASE("redis server: a restart keeps socket and port") {
  RedisServer server({.append_only = true, .tcp = true});
  server.client().cmd("SET", "a", "1");
  const int port = server.port();
  CHECK(port > 0);
  server.restart();
  CHECK(server.client().cmd("GET", "a") == "1");
  CHECK(server.client().cmd("CONFIG", "GET", "port")[1].text == std::to_string(port));
}

TEST_CASE("redis server: paused it answers nothing until it is resumed") {
  RedisServer server;
  RedisClient client = server.client();
  server.pause();
  client.send({"PING"});
  server.resume();
  CHECK(client.receive().text == "PONG");
}

TEST_CASE("redis server: a paused one can be stopped and killed") {
  RedisServer server;
  server.pause();
  server.stop();
  server.start();
  server.pause();
  server.kill();
  CHECK(server.pid() == 0);
}

TEST_CASE("redis server: more of its own arguments can be given; wrong ones are told") {
  const RedisServer server({.arguments = {"--maxmemory", "7mb"}});
  CHECK(server.client().cmd("CONFIG", "GET", "maxmemory")[1] == "7340032");
  CHECK_THROWS(RedisServer({.arguments = {"--no-such-option", "1"}}));
}

TEST_CASE("redis client: each kind of reply becomes a value") {
  const RedisServer server;
  RedisClient client = server.client();
  CHECK(client.cmd("SET", "a", std::string("\0\xFF", 2)).kind == Reply::Kind::kStatus);
  CHECK(client.cmd("GET", "a") == std::string_view("\0\xFF", 2));
  CHECK(client.cmd("GET", "b").is_nil());
  CHECK(client.cmd("LPUSH", "l", 1, "2", 3.5) == 3);
  CHECK(client.cmd("LRANGE", "l", 0, -1).texts().size() == 3);
  CHECK(client.cmd("LPUSH", "a", "x").text.starts_with("WRONGTYPE"));
  CHECK(client.cmd("NONSENSE").is_error());
}

}  // namespace
}  // namespace penstock::test
