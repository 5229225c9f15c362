#include "penstock/process/pacing.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "penstock/async/loop.hpp"
#include "penstock/async/task_group.hpp"

using namespace penstock;

TEST_CASE("a burst of starts is spread over turns of the loop") {
  async::Loop loop;
  std::map<std::uint64_t, int> starts;
  const auto start = [&]() -> async::Task<> {
    co_await process::turn_to_start();
    ++starts[loop.turns()];
  };
  loop.run(async::task_group([&](async::TaskGroup& group) -> async::Task<> {
    for (int i = 0; i < 5 * process::kStartsPerTurn; ++i) group.spawn(start);
    co_return;
  }));
  int all = 0;
  for (const auto& [turn, count] : starts) {
    CHECK(count <= process::kStartsPerTurn);
    all += count;
  }
  CHECK(all == 5 * process::kStartsPerTurn);
}

TEST_CASE("who waits for a turn to start can be cancelled") {
  async::Loop loop;
  loop.run(async::task_group([](async::TaskGroup& group) -> async::Task<> {
    for (int i = 0; i < 5 * process::kStartsPerTurn; ++i) group.spawn(process::turn_to_start());
    co_await process::turn_to_start();
    group.cancel();
  }));
}
