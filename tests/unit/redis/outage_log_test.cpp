#include "penstock/redis/outage_log.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

#include "support/log_to_memory.hpp"
#include "with_client.hpp"

using namespace penstock;
using namespace penstock::test;
using namespace std::chrono_literals;

namespace {

std::ptrdiff_t lines(const std::string& text) {
  return std::ranges::count(text, '\n');
}

const redis::Error kGone(redis::Failure::kLost, "gone");

}  // namespace

TEST_CASE("an outage is a line when it begins and one when it ends") {
  LogToMemory memory;
  World world(log::Level::kInfo);
  world.run([&]() -> async::Task<> {
    co_await world.client().wait_connected();
    co_await async::sleep(1h);
    world.server.wire().cut("reset by peer");
    co_await async::sleep(20s);
  });
  const std::string text = memory.text();
  CHECK(lines(text) == 3);
  CHECK_THAT(text, Catch::Contains("connected to Redis") && Catch::Contains("version=7.0.15"));
  CHECK_THAT(text, Catch::Contains("level=warning") && Catch::Contains("reset by peer") &&
                       Catch::Contains("127.0.0.1:6379"));
}

TEST_CASE("an outage of an hour is a line in thirty seconds, however many clients there are") {
  LogToMemory memory;
  World world(log::Level::kInfo);
  world.client_options.resize(20);
  world.server.refuse = "cannot connect: connection refused";
  world.run([&]() -> async::Task<> { co_await async::sleep(1h); });
  const std::string text = memory.text();
  CHECK(lines(text) <= 121);
  CHECK(lines(text) >= 100);
  CHECK(text.size() < 64 * 1024);
}

TEST_CASE("a connection that flaps for an hour is four lines a minute at the most") {
  LogToMemory memory;
  World world(log::Level::kInfo);
  const async::Duration lasts = GENERATE(0s, 2s);
  world.run([&]() -> async::Task<> {
    for (const async::TimePoint end = now() + 1h; now() < end;) {
      co_await world.client().wait_connected();
      co_await async::sleep(lasts);
      world.server.wire().cut();
      co_await async::sleep(1ms);
    }
  });
  CHECK(lines(memory.text()) <= 4 * 60 + 2);
}

TEST_CASE("losses that were not spoken of are counted in the next line") {
  LogToMemory memory;
  log::set_level(log::Level::kInfo);
  redis::OutageLog log("server");
  const async::TimePoint start{};
  for (const async::Duration after : {0s, 10s, 20s, 40s}) {
    log.lost(start + after, kGone);
    log.back(start + after + 1s, "7.0.15");
  }
  const std::string text = memory.text();
  CHECK(lines(text) == 4);
  CHECK_THAT(text, Catch::Contains("lost_before=2"));
}

TEST_CASE("an outage that began unspoken is spoken of when it lasts") {
  LogToMemory memory;
  log::set_level(log::Level::kInfo);
  redis::OutageLog log("server");
  const async::TimePoint start{};
  log.lost(start, kGone);
  log.back(start + 1s, "7.0.15");
  log.lost(start + 10s, kGone);
  log.still_away(start + 29s, kGone, "closed");
  log.still_away(start + 31s, kGone, "open");
  log.back(start + 70s, "7.0.15");
  const std::string text = memory.text();
  CHECK(lines(text) == 4);
  CHECK_THAT(text, Catch::Contains("breaker=open") && Catch::Contains("away_ms=60000"));
}
