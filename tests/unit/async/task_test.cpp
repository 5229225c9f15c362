#include "penstock/async/task.hpp"

#include <memory>
#include <tuple>

#include "penstock/async/task_group.hpp"
#include "support/async_death.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;

Task<int> identity(int number) {
  co_return number;
}

Task<> fails(bool first_suspends) {
  if (first_suspends) co_await yield_now();
  throw std::runtime_error("boom");
}

TEST_CASE("a task does not start before it is awaited") {
  run_virtual([]() -> Task<> {
    bool started = false;
    auto set = [&]() -> Task<> {
      started = true;
      co_return;
    };
    Task<> task = set();
    co_await yield_now();
    CHECK_FALSE(started);
    co_await std::move(task);
    CHECK(started);
  });
}

TEST_CASE("a task that is never awaited never runs, and its arguments die with it") {
  run_virtual([]() -> Task<> {
    const int before = Tracked::live();
    auto hold = [](Tracked) -> Task<> {
      FAIL("it ran");
      co_return;
    };
    {
      const Task<> task = hold(Tracked(1));
    }
    CHECK(Tracked::live() == before);
    co_return;
  });
}

TEST_CASE("a child that completes at once lets no other task run") {
  run_virtual([]() -> Task<> {
    const std::uint64_t turns = Loop::current().turns();
    bool other_ran = false;
    TaskGroup group;
    group.spawn([&]() -> Task<> {
      other_ran = true;
      co_return;
    });
    for (int i = 0; i < 1000; ++i) co_await identity(i);
    CHECK_FALSE(other_ran);
    CHECK(Loop::current().turns() == turns);
    co_await group.join();
  });
}

TEST_CASE("three million children that complete at once need no stack") {
  const long sum = run_virtual([]() -> Task<long> {
    long total = 0;
    for (int i = 0; i < 3'000'000; ++i) total += co_await identity(1);
    co_return total;
  });
  CHECK(sum == 3'000'000);
}

TEST_CASE("children that suspend and then end need no stack") {
  const auto suspended = [](int number) -> Task<int> {
    co_await yield_now();
    co_return number;
  };
  const long sum = run_virtual([&]() -> Task<long> {
    long total = 0;
    for (int i = 0; i < 200'000; ++i) total += co_await suspended(1);
    co_return total;
  });
  CHECK(sum == 200'000);
}

Task<int> depth(int levels) {
  if (levels == 0) {
    co_await yield_now();
    co_return 0;
  }
  co_return 1 + co_await depth(levels - 1);
}

TEST_CASE("a thousand frames that await each other unwind in order") {
  CHECK(run_virtual([] { return depth(1000); }) == 1000);
}

TEST_CASE("an error reaches the awaiting task, whether or not the child had suspended") {
  run_virtual([]() -> Task<> {
    for (const bool first_suspends : {false, true}) {
      const Ended ended = co_await swallow(fails(first_suspends));
      CHECK(ended == Ended::kError);
    }
  });
}

TEST_CASE("an error of the main task leaves run()") {
  CHECK_THROWS_WITH(run_virtual([] { return fails(true); }), "boom");
}

TEST_CASE("an error that is thrown while the result is moved reaches the awaiting task") {
  run_virtual([]() -> Task<> {
    auto brittle = []() -> Task<ThrowsOnMove> { co_return ThrowsOnMove(0); };
    const Ended ended = co_await swallow(brittle());
    CHECK(ended == Ended::kError);
  });
}

TEST_CASE("a task returns what only moves") {
  run_virtual([]() -> Task<> {
    auto make = []() -> Task<std::unique_ptr<Tracked>> { co_return std::make_unique<Tracked>(7); };
    const auto made = co_await make();
    CHECK(made->number() == 7);
  });
}

TEST_CASE("a task returns a reference") {
  run_virtual([]() -> Task<> {
    int number = 1;
    auto refer = [](int& to) -> Task<int&> { co_return to; };
    int& same = co_await refer(number);
    CHECK(&same == &number);
  });
}

TEST_CASE("a task returns what braces make") {
  run_virtual([]() -> Task<> {
    auto pair = []() -> Task<std::pair<int, std::string>> { co_return {1, "one"}; };
    const auto [number, name] = co_await pair();
    CHECK(number == 1);
    CHECK(name == "one");
  });
}

TEST_CASE("temporaries of the awaiting expression live until the task has ended") {
  run_virtual([]() -> Task<> {
    auto read_late = [](const Tracked& tracked) -> Task<int> {
      co_await yield_now();
      co_return tracked.number();
    };
    const int read = co_await read_late(Tracked(7));
    CHECK(read == 7);
  });
}

TEST_CASE("arguments by value live in the frame, moved once") {
  run_virtual([]() -> Task<> {
    const int before = Tracked::live();
    auto read_late = [](Tracked tracked) -> Task<int> {
      co_await yield_now();
      co_return tracked.number();
    };
    const int read = co_await read_late(Tracked(7));
    CHECK(read == 7);
    CHECK(Tracked::live() == before);
  });
}

#ifndef NDEBUG
TEST_CASE("awaiting a task twice dies loudly") {
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      Task<int> task = identity(1);
      std::ignore = co_await std::move(task);
      std::ignore = co_await std::move(task);
    });
  }));
}
#endif

}  // namespace
}  // namespace penstock::test
