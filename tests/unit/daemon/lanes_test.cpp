// What the job floor is told of a configuration.
#include "daemon/service/lanes.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "support/temp_dir.hpp"

namespace penstock::service {
namespace {

using namespace std::chrono_literals;

/// The password that a connection is made with, out of a file with this content.
std::string password_in(const std::string& content) {
  const test::TempDir dir;
  config::RedisConfig config;
  config.password_file = dir / "password";
  std::ofstream(config.password_file, std::ios::binary) << content;
  return redis_options(config, "test").read_password();
}

TEST_CASE("a connection's password is what its file holds without the line end, as for check") {
  for (const char* content : {"hunter2", "hunter2\n", "hunter2\r\n"})
    CHECK(password_in(content) == "hunter2");
}

TEST_CASE("a password file that turns out empty or missing is no password, and says so") {
  CHECK_THROWS_WITH(password_in("\n"), Catch::Contains("is empty"));
  config::RedisConfig config;
  config.password_file = "/nonexistent/password";
  CHECK_THROWS_WITH(
      redis_options(config, "test").read_password(),
      "password_file /nonexistent/password cannot be read: No such file or directory");
}

TEST_CASE("a stop may take the shutdown timeout and the longest grace, and a little more") {
  config::Config config;
  config.shutdown_timeout = 40s;
  for (const auto grace : {5s, 90s, 7s}) {
    config::ExecHandler exec;
    exec.grace = grace;
    config.queues.emplace_back().handler = std::move(exec);
  }
  config.queues.emplace_back().handler = config::NoopHandler();
  CHECK(longest_stop(config) >= 130s);
  CHECK(longest_stop(config) < 160s);
}

}  // namespace
}  // namespace penstock::service
