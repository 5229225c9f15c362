// Running a test's body on a loop with virtual time. The clock stands still while anything can run
// and then jumps to the next timer, so no test waits; a test that could never end throws Deadlock,
// which says where each task stood. Afterwards no coroutine frame may be alive, and the loop has
// closed with nothing in flight, or the program has died.
#pragma once

#include <catch2/catch.hpp>
#include <cstdint>

#include "penstock/async/loop.hpp"

namespace penstock::test {

/// Checks that all coroutine frames made during its life have been given back.
class FramesReturned {
 public:
  FramesReturned() = default;
  FramesReturned(const FramesReturned&) = delete;
  FramesReturned& operator=(const FramesReturned&) = delete;
  ~FramesReturned() { CHECK(async::live_frames() == before_); }

 private:
  std::size_t before_ = async::live_frames();
};

/// Runs `body()`, which returns a Task, on a fresh loop with virtual time. Returns what it returns,
/// throws what it throws.
template <class Body>
auto run_virtual(Body body, std::uint64_t shuffle_seed = 0) {
  const FramesReturned frames;
  async::Loop loop({.virtual_time = true, .shuffle_seed = shuffle_seed});
  return loop.run(body());
}

/// The same on a loop of real time, for what comes from outside: threads, signals, descriptors.
template <class Body>
auto run_real(Body body) {
  const FramesReturned frames;
  async::Loop loop;
  return loop.run(body());
}

/// Runs `body(seed)` once in order, then under several shuffles of each turn's tasks; a failure
/// says which. For behaviour that may not depend on who runs first.
template <class Body>
void run_shuffled(Body body, std::uint64_t shuffles = 20) {
  for (std::uint64_t seed = 0; seed <= shuffles; ++seed) {
    INFO("shuffle seed " << seed);
    run_virtual([&] { return body(seed); }, seed);
  }
}

}  // namespace penstock::test
