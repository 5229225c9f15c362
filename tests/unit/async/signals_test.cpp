#include "penstock/async/signals.hpp"

#include <csignal>
#include <memory>
#include <system_error>

#include "penstock/async/task_group.hpp"
#include "penstock/async/timeout.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

TEST_CASE("a signal that arrived before it was asked for is not lost") {
  run_real([]() -> Task<> {
    Signals signals{SIGUSR1};
    std::raise(SIGUSR1);
    const int number = co_await signals.next();
    CHECK(number == SIGUSR1);
  });
}

TEST_CASE("a signal wakes a task that waits for it") {
  run_real([]() -> Task<> {
    Signals signals{SIGUSR1, SIGUSR2};
    int number = 0;
    TaskGroup group;
    group.spawn([&]() -> Task<> { number = co_await signals.next(); });
    co_await yield_now();
    std::raise(SIGUSR2);
    co_await group.join();
    CHECK(number == SIGUSR2);
  });
}

TEST_CASE("several arrivals of one signal before it is read are one") {
  run_real([]() -> Task<> {
    Signals signals{SIGUSR1, SIGUSR2};
    for (const int number : {SIGUSR1, SIGUSR2, SIGUSR1}) std::raise(number);
    const int first = co_await signals.next();
    const int second = co_await signals.next();
    const Ended third = co_await swallow(with_timeout(0s, signals.next()));
    CHECK(first == SIGUSR1);
    CHECK(second == SIGUSR2);
    CHECK(third == Ended::kError);
  });
}

TEST_CASE("a cancelled wait for signals loses none") {
  run_real([]() -> Task<> {
    Signals signals{SIGUSR1};
    const Ended ended = co_await swallow(with_timeout(0s, signals.next()));
    CHECK(ended == Ended::kError);
    std::raise(SIGUSR1);
    const int number = co_await signals.next();
    CHECK(number == SIGUSR1);
  });
}

TEST_CASE("signals that are no longer watched when libuv comes to report them do no harm") {
  run_real([]() -> Task<> {
    const Signals others{SIGUSR1};  // keeps the default action away
    auto signals = std::make_unique<Signals>(std::initializer_list<int>{SIGUSR1});
    std::raise(SIGUSR1);
    signals.reset();
    co_await sleep(1ms);
  });
}

TEST_CASE("a signal that cannot be watched is an error") {
  run_real([]() -> Task<> {
    CHECK_THROWS_AS(Signals({SIGUSR1, SIGKILL}), std::system_error);
    co_return;
  });
}

TEST_CASE("a task that waits for a signal is no deadlock") {
  run_real([]() -> Task<> {
    Signals signals{SIGUSR1};
    TaskGroup group;
    group.spawn([]() -> Task<> {
      co_await sleep(1ms);
      std::raise(SIGUSR1);
    });
    const int number = co_await signals.next();
    CHECK(number == SIGUSR1);
    co_await group.join();
  });
}

}  // namespace
}  // namespace penstock::test
