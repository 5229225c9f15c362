// Which keys a reload leaves for the next start.
#include "daemon/service/restart.hpp"

#include <catch2/catch.hpp>

#include "daemon/config/loader.hpp"

namespace penstock::service {
namespace {

using Keys = std::vector<std::string_view>;

config::Config with(const std::string& top) {
  auto loaded =
      config::load_text("f", top + "\nqueues: {q: {noop: {}}}\n", {}, config::Secrets::kCheck);
  REQUIRE(loaded);
  return std::move(*loaded);
}

Keys changed(const std::string& from, const std::string& to) {
  return keys_for_next_start(with(from), with(to));
}

TEST_CASE("what is fixed at the start is named, each key by itself") {
  CHECK(changed("instance: a", "instance: b") == Keys{"instance"});
  CHECK(changed("", "log: {format: json}") == Keys{"log.format"});
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, std::string>>{{"url", "'redis://elsewhere'"},
                                                        {"url", "'redis://127.0.0.1:6379/1'"},
                                                        {"username", "ada"},
                                                        {"password", "s3cret"},
                                                        {"password_file", "/run/secret"},
                                                        {"connect_timeout", "1s"},
                                                        {"retry", "{base: 1ms}"},
                                                        {"retry", "{max: 1s}"},
                                                        {"breaker", "{failures: 1}"},
                                                        {"breaker", "{reset: 1s}"}}) {
    CHECK(changed("", "redis: {" + key + ": " + value + "}") == Keys{"redis." + key});
  }
}

TEST_CASE("all that is changed at once is named") {
  CHECK(changed("", "redis: {url: 'redis://ada:s3cret@h', connect_timeout: 1s}") ==
        Keys{"redis.url", "redis.username", "redis.password", "redis.connect_timeout"});
}

TEST_CASE("what a reload takes over, and a rotated password, is not named") {
  CHECK(changed("", "concurrency: 3\nshutdown_timeout: 1s\nlog: {level: debug}").empty());
  config::Config before = with("redis: {password_file: /run/secret}");
  config::Config after = before;
  before.redis.password = config::Secret("old");
  after.redis.password = config::Secret("new");
  CHECK(keys_for_next_start(before, after).empty());
}

}  // namespace
}  // namespace penstock::service
