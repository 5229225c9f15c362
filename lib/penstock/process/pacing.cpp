#include "penstock/process/pacing.hpp"

#include <cstdint>

#include "penstock/async/sleep.hpp"

namespace penstock::process {
namespace {

struct Burst {
  std::uint64_t turn = 0;
  int starts = 0;
};

bool take_start() {
  thread_local Burst burst;
  const std::uint64_t turn = async::Loop::current().turns();
  if (burst.turn != turn) burst = {.turn = turn};
  return ++burst.starts <= kStartsPerTurn;
}

}  // namespace

async::Task<> turn_to_start() {
  while (!take_start()) co_await async::sleep(async::Duration::zero());
}

}  // namespace penstock::process
