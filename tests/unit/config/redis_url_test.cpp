#include "daemon/config/redis_url.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace penstock::config {
namespace {

using Scheme = RedisUrl::Scheme;
using Host = RedisUrl::Host;

RedisUrl parsed(std::string_view text) {
  const auto url = parse_redis_url(text);
  if (!url) throw std::runtime_error(url.error());
  return *url;
}

TEST_CASE("a TCP URL has host, port and database") {
  const RedisUrl url = parsed("redis://redis.example.com:7000/3");
  CHECK(url.scheme == Scheme::kTcp);
  CHECK(url.hosts == std::vector{Host{"redis.example.com", 7000}});
  CHECK(url.database == 3);
}

TEST_CASE("port and database may be left out") {
  CHECK(parsed("redis://h").hosts == std::vector{Host{"h", 6379}});
  CHECK(parsed("redis://h/").database == 0);
}

TEST_CASE("an IPv6 address stands in brackets") {
  CHECK(parsed("redis://[::1]").hosts == std::vector{Host{"::1", 6379}});
  CHECK(parsed("redis://[fe80::1]:7000/1").hosts == std::vector{Host{"fe80::1", 7000}});
}

TEST_CASE("user and password are percent-decoded") {
  const RedisUrl url = parsed("redis://ada:p%40ss%3a%2F%25@h");
  CHECK(url.username == "ada");
  CHECK(url.password.expose() == "p@ss:/%");
  CHECK(parsed("redis://:secret@h").password.expose() == "secret");
  CHECK(parsed("redis://ada@h").password.empty());
}

TEST_CASE("a unix URL has a path and perhaps a database") {
  const RedisUrl url = parsed("unix:///run/redis@1/redis.sock?db=2");
  CHECK(url.scheme == Scheme::kUnix);
  CHECK(url.socket == "/run/redis@1/redis.sock");
  CHECK(url.hosts.empty());
  CHECK(url.database == 2);
  CHECK(parsed("unix://u:p@/run/redis.sock").password.expose() == "p");
}

TEST_CASE("a TLS URL is told from a plain one") {
  CHECK(parsed("rediss://h:6380").scheme == Scheme::kTls);
}

TEST_CASE("a sentinel URL has several hosts and the master's name") {
  const RedisUrl url = parsed("redis+sentinel://u:p@h1,h2:5000,[::1]/main/4");
  CHECK(url.scheme == Scheme::kSentinel);
  CHECK(url.hosts == std::vector{Host{"h1", 26379}, Host{"h2", 5000}, Host{"::1", 26379}});
  CHECK(url.master == "main");
  CHECK(url.database == 4);
}

TEST_CASE("what is not a Redis URL is refused") {
  const auto* text =
      GENERATE("", "localhost", "localhost:6379", "http://h", "redis:/h", "redis://",
               "redis://:6379", "redis://h:", "redis://h:0", "redis://h:65536", "redis://h:x",
               "redis://h/x", "redis://h/-1", "redis://h/1/2", "redis://::1", "redis://[::1",
               "redis://[::1]x", "redis://u%@h", "redis://u%4@h", "redis://u%zz@h", "unix://",
               "unix://run/redis.sock", "unix:///s?db=x", "unix:///s?timeout=1",
               "redis+sentinel://h1,h2", "redis+sentinel:///main", "redis+sentinel://h1,,h2/main");
  CHECK_FALSE(parse_redis_url(text));
}

TEST_CASE("a complaint never holds the password") {
  const auto url = parse_redis_url("redis://:hunter2@h:port");
  REQUIRE_FALSE(url);
  CHECK_FALSE(url.error().contains("hunter2"));
}

}  // namespace
}  // namespace penstock::config
