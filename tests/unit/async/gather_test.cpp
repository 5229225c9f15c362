#include "penstock/async/gather.hpp"

#include "penstock/async/timeout.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

Task<> note(Journal& journal, std::string name) {
  journal(name);
  co_return;
}

TEST_CASE("gather returns the results in the order of its arguments") {
  run_virtual([]() -> Task<> {
    const TimePoint start = Loop::current().now();
    const auto [number, text] =
        co_await gather(value_after(2s, 7), value_after(1s, std::string("seven")));
    CHECK(number == 7);
    CHECK(text == "seven");
    CHECK(Loop::current().now() - start == 2s);
  });
}

TEST_CASE("gather takes any number of tasks of one type") {
  run_virtual([]() -> Task<> {
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 5; ++i) tasks.push_back(value_after((5 - i) * 1s, i));
    const std::vector<int> values = co_await gather(std::move(tasks));
    CHECK(values == std::vector<int>{0, 1, 2, 3, 4});
  });
}

TEST_CASE("gather of nothing returns at once") {
  run_virtual([]() -> Task<> {
    const std::uint64_t turns = Loop::current().turns();
    co_await gather();
    const auto values = co_await gather(std::vector<Task<int>>());
    CHECK(values.empty());
    CHECK(Loop::current().turns() == turns);
  });
}

TEST_CASE("gather starts its tasks in the order of its arguments") {
  run_virtual([]() -> Task<> {
    Journal journal;
    co_await gather(note(journal, "a"), note(journal, "b"), note(journal, "c"));
    CHECK(journal.text() == "a b c");
  });
}

TEST_CASE("gather throws the first error, after its siblings have been cancelled and have ended") {
  run_virtual([]() -> Task<> {
    Ended sibling = Ended::kNot;
    std::string what;
    try {
      co_await gather(observe(forever(), sibling), error_after(1s, "first"),
                      error_after(2s, "second"));
    } catch (const std::runtime_error& error) {
      what = error.what();
      CHECK(sibling == Ended::kCancelled);
    }
    CHECK(what == "first");
  });
}

TEST_CASE("gather drops the errors after the first") {
  run_virtual([]() -> Task<> {
    const auto fails_in_cleanup = []() -> Task<> {
      co_await swallow(forever());
      throw std::runtime_error("second");
    };
    std::string what;
    try {
      co_await gather(fails_in_cleanup(), error_after(1s, "first"));
    } catch (const std::runtime_error& error) {
      what = error.what();
    }
    CHECK(what == "first");
  });
}

TEST_CASE("a cancelled gather cancels its tasks and waits for them") {
  run_virtual([]() -> Task<> {
    const TimePoint start = Loop::current().now();
    Ended quick = Ended::kNot;
    auto slow_to_stop = []() -> Task<> {
      co_await swallow(forever());
      co_await shield(sleep(5s));
    };
    const Ended ended =
        co_await swallow(with_timeout(1s, gather(observe(forever(), quick), slow_to_stop())));
    CHECK(ended == Ended::kError);
    CHECK(quick == Ended::kCancelled);
    CHECK(Loop::current().now() - start == 6s);
  });
}

TEST_CASE("a gather whose tasks had all ended when it was cancelled gives their values") {
  run_virtual([]() -> Task<> {
    Event granted;
    CancelScope scope;
    auto wait = [&](int value) -> Task<int> {
      co_await granted.wait();
      co_return value;
    };
    TaskGroup group;
    const auto grant = [&]() -> Task<> {
      co_await yield_now();
      granted.set();
      scope.cancel();
    };
    group.spawn(grant);
    const auto [first, second] = co_await gather(wait(1), wait(2));
    CHECK(first + second == 3);
    co_await group.join();
  });
}

TEST_CASE("gather_settled tells how each task ended, and cancels none") {
  run_virtual([]() -> Task<> {
    const auto [value, error] =
        co_await gather_settled(value_after(2s, 7), error_after(1s, "boom"));
    CHECK(value == 7);
    REQUIRE_FALSE(error.has_value());
    CHECK_THROWS_WITH(std::rethrow_exception(error.error()), "boom");
  });
}

TEST_CASE("gather_settled takes any number of tasks of one type") {
  run_virtual([]() -> Task<> {
    Journal journal;
    std::vector<Task<>> tasks;
    tasks.push_back(error_after(1s, "boom"));
    tasks.push_back(note(journal, "fine"));
    const auto settled = co_await gather_settled(std::move(tasks));
    CHECK_FALSE(settled[0].has_value());
    CHECK(settled[1].has_value());
  });
}

TEST_CASE("gather_settled reports a task that was cancelled by itself as settled") {
  run_virtual([]() -> Task<> {
    auto stray = []() -> Task<int> {
      co_await yield_now();
      throw Cancelled{};
    };
    const auto [value, cancelled] = co_await gather_settled(value_after(1s, 7), stray());
    CHECK(value == 7);
    CHECK_FALSE(cancelled.has_value());
  });
}

TEST_CASE("cancelled from outside, gather_settled throws Cancelled") {
  run_virtual([]() -> Task<> {
    Ended ended = Ended::kNot;
    TaskGroup group;
    group.spawn(observe(gather_settled(forever(), forever()), ended));
    co_await yield_now();
    co_await yield_now();
    group.cancel();
    co_await group.join();
    CHECK(ended == Ended::kCancelled);
  });
}

}  // namespace
}  // namespace penstock::test
