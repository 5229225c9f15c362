#include "penstock/async/run.hpp"

#include <csignal>
#include <memory>

#include "penstock/async/timeout.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

/// Asks this process to stop, and waits to be cancelled.
Task<int> stopped_by(int signal) {
  std::raise(signal);
  co_await forever();
  co_return 0;
}

TEST_CASE("a program returns what its main task returns, of any type") {
  const FramesReturned frames;
  CHECK(run([]() -> Task<int> { co_return 3; }) == 3);
  CHECK(run([]() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(4); }) != nullptr);
  bool ran = false;
  run([&]() -> Task<> {
    co_await sleep(1ms);
    ran = true;
  });
  CHECK(ran);
}

TEST_CASE("a program throws what its main task throws") {
  CHECK_THROWS_WITH(run([]() -> Task<int> { throw std::runtime_error("boom"); }), "boom");
}

TEST_CASE("a signal cancels the program, whose exit status says so") {
  const int signal = GENERATE(SIGINT, SIGTERM);
  const FramesReturned frames;
  CHECK(run([&] { return stopped_by(signal); }) == 128 + signal);
}

TEST_CASE("a signal that cuts short a program without an exit status is thrown") {
  try {
    run([]() -> Task<> { co_await stopped_by(SIGTERM); });
    FAIL("it returned");
  } catch (const Interrupted& interrupted) {
    CHECK(interrupted.signal() == SIGTERM);
    CHECK(std::string(interrupted.what()) == "interrupted by signal 15");
  }
}

TEST_CASE("a main task that cleans up when it is cancelled chooses its own exit status") {
  CHECK(run([]() -> Task<int> {
          const Ended ended = co_await swallow(stopped_by(SIGTERM));
          co_await shield(sleep(1ms));
          co_return ended == Ended::kCancelled ? 7 : 1;
        }) == 7);
}

TEST_CASE("a main task that throws a cancellation of its own making is not taken for stopped") {
  CHECK_THROWS_AS(run([]() -> Task<int> { throw Cancelled{}; }), Cancelled);
}

TEST_CASE(
    "after the first signal the next one has its default action again, which ends the process") {
  run([]() -> Task<int> {
    co_await swallow(stopped_by(SIGTERM));
    struct sigaction action{};
    sigaction(SIGTERM, nullptr, &action);
    CHECK(action.sa_handler == SIG_DFL);
    co_return 0;
  });
}

}  // namespace
}  // namespace penstock::test
