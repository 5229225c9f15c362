#include "penstock/async/resolve.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "penstock/async/sleep.hpp"
#include "penstock/async/task_group.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;

/// "127.0.0.1:80", or "::1:80".
std::string text_of(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &in.sin_addr, text, sizeof text);
    return std::string(text) + ":" + std::to_string(ntohs(in.sin_port));
  }
  const auto& in = reinterpret_cast<const sockaddr_in6&>(address);
  inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof text);
  return std::string(text) + ":" + std::to_string(ntohs(in.sin6_port));
}

std::vector<std::string> addresses_of(const std::string& host, std::uint16_t port) {
  std::vector<std::string> texts;
  for (const sockaddr_storage& each : run_real([&] { return resolve(host, port); }))
    texts.push_back(text_of(each));
  return texts;
}

TEST_CASE("digits are an address already") {
  CHECK(addresses_of("192.0.2.7", 80) == std::vector<std::string>{"192.0.2.7:80"});
  CHECK(addresses_of("2001:db8::1", 80) == std::vector<std::string>{"2001:db8::1:80"});
}

TEST_CASE("brackets around an address are taken off") {
  CHECK(addresses_of("[::1]", 6379) == std::vector<std::string>{"::1:6379"});
}

TEST_CASE("localhost is this machine without asking anybody") {
  CHECK(addresses_of("localhost", 1) == std::vector<std::string>{"127.0.0.1:1", "::1:1"});
}

TEST_CASE("a name that nobody knows is an error that names it") {
  CHECK_THROWS_WITH(addresses_of("no-such-host.invalid", 1),
                    Catch::StartsWith("cannot resolve no-such-host.invalid: "));
  CHECK_THROWS_AS(addresses_of("no-such-host.invalid", 1), ResolveError);
}

TEST_CASE("a lookup is cancelled at once, and what it finds later harms nobody") {
  run_real([]() -> Task<> {
    Ended ended = Ended::kNot;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn(observe(resolve("no-such-host.invalid", 1), ended));
      co_await yield_now();
      group.cancel();
    });
    CHECK(ended == Ended::kCancelled);
  });
}

TEST_CASE("a lookup in a cancelled scope is not awaited") {
  run_real([]() -> Task<> {
    CancelScope scope;
    scope.cancel();
    CHECK(co_await swallow(resolve("no-such-host.invalid", 1)) == Ended::kCancelled);
  });
}

}  // namespace
}  // namespace penstock::test
