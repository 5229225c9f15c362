#include <string>

#include "penstock/async/event.hpp"
#include "penstock/async/loop.hpp"
#include "penstock/async/task_group.hpp"
#include "penstock/async/timeout.hpp"
#include "support/async_death.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

Task<> wait_for(Event& event) {
  co_await event.wait();
}

TEST_CASE("a wait that can never end throws Deadlock out of run, in real and in virtual time") {
  const auto hang = []() -> Task<> {
    Event never;
    co_await wait_for(never);
  };
  CHECK_THROWS_AS(run_virtual(hang), Deadlock);
  CHECK_THROWS_AS(run_real(hang), Deadlock);
}

TEST_CASE("a deadlock tells where each task stands, by name and frame") {
  const auto hang = []() -> Task<> {
    Event never;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn(wait_for(never), "fetcher");
      co_await wait_for(never);
    });
  };
  try {
    run_virtual(hang);
    FAIL("it returned");
  } catch (const Deadlock& deadlock) {
    const std::string text = deadlock.what();
    CHECK_THAT(text, Contains("nothing can ever run again") &&
                         Contains("main: waits for an event") &&
                         Contains("fetcher: waits for an event") && Contains("wait_for") &&
                         Contains("deadlock_test.cpp:"));
  }
}

TEST_CASE("the tasks of a deadlock unwind before it is thrown") {
  Ended main = Ended::kNot;
  Ended child = Ended::kNot;
  bool cleaned_up = false;
  const auto hang = [&]() -> Task<> {
    Event never;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn(observe(wait_for(never), child));
      co_await observe(wait_for(never), main);
    });
  };
  const auto body = [&]() -> Task<> {
    co_await swallow(hang());
    co_await shield(sleep(1h));
    cleaned_up = true;
  };
  CHECK_THROWS_AS(run_virtual(body), Deadlock);
  CHECK(main == Ended::kCancelled);
  CHECK(child == Ended::kCancelled);
  CHECK(cleaned_up);
}

TEST_CASE("a deadlock that cancellation cannot resolve dies loudly") {
  const auto hang = []() -> Task<> {
    Event never;
    co_await shield(wait_for(never));
  };
  CHECK(dies_loudly([&] { run_virtual(hang); }));
}

TEST_CASE("a result that is expected from outside is no deadlock") {
  const auto wait = []() -> Task<> {
    Event come;
    Loop& loop = Loop::current();
    const Loop::External external(loop);
    loop.post([&] { come.set(); });
    co_await come.wait();
  };
  run_virtual(wait);
  run_real(wait);
}

}  // namespace
}  // namespace penstock::test
