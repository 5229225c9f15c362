// The clock of an instance, which is Redis'.
#include "penstock/job/lease.hpp"

#include <catch2/catch.hpp>

#include "unit/redis/with_client.hpp"

namespace penstock::job {
namespace {

using namespace std::chrono_literals;

// Far from what any machine's own clock says.
constexpr Time kRedisTime{1'234'567'890'500ms};

struct Leased : test::World {
  RedisClock clock;

  Leased() {
    server.answer = [](const test::Command& command) -> std::string {
      if (command.front() == "HGETALL") return "*0\r\n";  // nobody holds the name
      if (!command.front().starts_with("EVAL")) return test::RedisDouble::standard(command);
      return "*2\r\n:1\r\n" + test::bulk("1234567890.500000");
    };
  }

  /// Runs `body` once the lease is held, before any heartbeat.
  void run_leased(std::function<void()> body) {
    run([&]() -> async::Task<> {
      InstanceStore store(client());
      Lease lease(store, clock, {.instance = "i", .token = "t"},
                  {.queues = [] { return std::vector<std::string>{"q"}; },
                   .report = [] { return std::map<std::string, std::string>(); },
                   .busy = [] { return false; },
                   .changed = [](bool) {},
                   .silent = [](const std::vector<std::string>&) {}});
      co_await lease.acquire();
      body();
    });
  }
};

TEST_CASE_METHOD(Leased, "an instance that has its name has Redis' time, before it fetches a job") {
  run_leased([&] { CHECK(clock.now(test::now()) == kRedisTime); });
}

TEST_CASE_METHOD(Leased, "what is made of the instance's clock is born when Redis says") {
  UlidGenerator ids = UlidGenerator::of([&] { return clock.now(test::now()); });
  run_leased([&] { CHECK(ulid_time(ids.next()) == kRedisTime); });
}

}  // namespace
}  // namespace penstock::job
