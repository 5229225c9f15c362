// What an exception that ends a command means to the user.
#include "daemon/commands/exit_codes.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <system_error>

#include "daemon/commands/context.hpp"
#include "penstock/async/timeout.hpp"
#include "penstock/process/command.hpp"
#include "penstock/redis/error.hpp"
#include "support/redis_server.hpp"

namespace penstock::commands {
namespace {

TEST_CASE("each failure has its exit status") {
  CHECK(failure_of(Unavailable("x")).status == kUnavailable);
  CHECK(failure_of(redis::Error(redis::Failure::kPermission, "x")).status == kUnavailable);
  CHECK(failure_of(async::Timeout()).status == kTimedOut);
  CHECK(failure_of(std::system_error(std::make_error_code(std::errc::io_error))).status == kSystem);
  CHECK(failure_of(process::SpawnError(2, "x")).status == kSystem);
  CHECK(failure_of(std::bad_alloc()).status == kSystem);
  CHECK(failure_of(std::logic_error("x")).status == kInternal);
}

TEST_CASE("a file that cannot be had is named in one plain line") {
  const std::filesystem::filesystem_error error("cannot create directories", "/no/such",
                                                std::make_error_code(std::errc::permission_denied));
  CHECK(failure_of(error).what == "/no/such: Permission denied");
}

/// What `work` throws, with Redis there, comes out of with_redis().
template <class Error>
void throw_in_work(const Error& error) {
  const test::RedisServer server;
  config::Config config;
  config.redis.address = redis::Address::unix_socket(server.socket());
  with_redis(config, [&](redis::Client&) -> async::Task<int> {
    throw error;
    co_return 0;
  });
}

TEST_CASE("a Redis that was reached is not called out of reach, whatever the command throws") {
  CHECK_THROWS_AS(throw_in_work(async::Timeout()), async::Timeout);
  CHECK_THROWS_AS(throw_in_work(std::logic_error("x")), std::logic_error);
  CHECK_THROWS_WITH(throw_in_work(redis::Error(redis::Failure::kPermission, "NOPERM")),
                    Catch::StartsWith("Redis at ") && Catch::EndsWith(": NOPERM"));
}

}  // namespace
}  // namespace penstock::commands
