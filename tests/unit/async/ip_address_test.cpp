#include "penstock/async/ip_address.hpp"

#include <system_error>

#include "penstock/async/sleep.hpp"
#include "penstock/async/task_group.hpp"
#include "support/async_run.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using Catch::Matchers::StartsWith;

std::vector<std::string> resolved(const std::string& host) {
  std::vector<std::string> names;
  run_real([&]() -> Task<> {
    for (const IpAddress& address : co_await resolve(host, 80))
      names.push_back(address.to_string());
  });
  return names;
}

TEST_CASE("digits are an address, of either kind, and read as they were written") {
  CHECK(IpAddress::parse("127.0.0.1", 80)->to_string() == "127.0.0.1:80");
  CHECK(IpAddress::parse("fe80::1", 65535)->to_string() == "[fe80::1]:65535");
  CHECK_FALSE(IpAddress::parse("localhost", 80));
  CHECK_FALSE(IpAddress::parse("127.0.0", 80));
}

TEST_CASE("digits resolve to themselves, in brackets or not") {
  CHECK(resolved("127.0.0.1") == std::vector<std::string>{"127.0.0.1:80"});
  CHECK(resolved("[::1]") == std::vector<std::string>{"[::1]:80"});
}

TEST_CASE("localhost is this machine, in both kinds") {
  CHECK(resolved("localhost") == std::vector<std::string>{"127.0.0.1:80", "[::1]:80"});
}

TEST_CASE("a name that does not resolve is an error that names it") {
  try {
    resolved("no-such-host.invalid");
    FAIL("it resolved");
  } catch (const std::system_error& error) {
    CHECK_THAT(error.what(), StartsWith("cannot resolve no-such-host.invalid: "));
    CHECK(error.code() != std::errc::connection_refused);
  }
}

TEST_CASE("resolving can be cancelled at once") {
  run_real([]() -> Task<> {
    co_await task_group([](TaskGroup& group) -> Task<> {
      group.spawn(resolve("no-such-host.invalid", 80));
      co_await yield_now();
      group.cancel();
    });
  });
}

}  // namespace
}  // namespace penstock::test
