#include "penstock/async/as_completed.hpp"

#include "penstock/async/timeout.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

/// "index=value", "index!" for an error, "index~" for Cancelled.
std::string text(const Completion<int>& item) {
  const std::string index = std::to_string(item.index);
  if (item.result) return index + '=' + std::to_string(*item.result);
  try {
    std::rethrow_exception(item.result.error());
  } catch (const Cancelled&) {
    return index + '~';
  } catch (const std::runtime_error&) {
    return index + '!';
  }
}

Task<int> fails_after(Duration delay) {
  co_await sleep(delay);
  throw std::runtime_error("boom");
}

/// Waits for ever; notes when it is cancelled, after having taken its time over that.
Task<int> hang(Journal& journal) {
  try {
    co_await forever();
  } catch (const Cancelled&) {
    journal("cancelled");
    throw;
  }
  co_return 0;
}

Task<> note_all(CompletionStream<int>& stream, Journal& journal) {
  while (const auto item = co_await stream.next()) journal(text(*item));
  journal("end");
}

TEST_CASE("results come in the order in which the tasks end, each with its index") {
  run_virtual([]() -> Task<> {
    Journal journal;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      std::vector<Task<int>> tasks;
      for (const int seconds : {3, 1, 2}) {
        tasks.push_back(value_after(std::chrono::seconds(seconds), seconds));
      }
      auto done = as_completed(group, std::move(tasks));
      const TimePoint start = Loop::current().now();
      for (const int expected : {1, 2, 3}) {
        const auto item = co_await done.next();
        CHECK(Loop::current().now() - start == std::chrono::seconds(expected));
        journal(text(*item));
      }
      const auto end = co_await done.next();
      const auto still_end = co_await done.next();
      CHECK_FALSE(end);
      CHECK_FALSE(still_end);
    });
    CHECK(journal.text() == "1=1 2=2 0=3");
  });
}

TEST_CASE("a stream of no tasks is at its end") {
  run_virtual([]() -> Task<> {
    TaskGroup group;
    auto done = as_completed(group, std::vector<Task<int>>());
    const auto end = co_await done.next();
    CHECK_FALSE(end);
  });
}

TEST_CASE("a failure is a result, and stops neither the others nor the group") {
  run_virtual([]() -> Task<> {
    Journal journal;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      std::vector<Task<int>> tasks;
      tasks.push_back(fails_after(1s));
      tasks.push_back(value_after(2s, 7));
      auto done = as_completed(group, std::move(tasks));
      co_await note_all(done, journal);
    });
    CHECK(journal.text() == "0! 1=7 end");
  });
}

TEST_CASE("tasks that return nothing have results too") {
  run_virtual([]() -> Task<> {
    TaskGroup group;
    std::vector<Task<>> tasks;
    tasks.push_back(error_after(1s, "boom"));
    tasks.push_back([]() -> Task<> { co_return; }());
    auto done = as_completed(group, std::move(tasks));
    const auto first = co_await done.next();
    CHECK(first->index == 1);
    CHECK(first->result.has_value());
    const auto second = co_await done.next();
    CHECK_FALSE(second->result.has_value());
  });
}

TEST_CASE("leaving early cancels the rest, and the group waits for it") {
  run_virtual([]() -> Task<> {
    Journal journal;
    const TimePoint start = Loop::current().now();
    const auto slow_to_stop = [&]() -> Task<int> {
      const int result = co_await shield(value_after(10s, 1));
      co_await yield_now();
      co_return result;
    };
    co_await task_group([&](TaskGroup& group) -> Task<> {
      std::vector<Task<int>> tasks;
      tasks.push_back(hang(journal));
      tasks.push_back(value_after(1s, 5));
      tasks.push_back(slow_to_stop());
      auto done = as_completed(group, std::move(tasks));
      const auto first = co_await done.next();
      CHECK(text(*first) == "1=5");
    });
    CHECK(journal.text() == "cancelled");
    CHECK(Loop::current().now() - start == 10s);
  });
}

TEST_CASE("leaving before anything has started runs nothing") {
  run_virtual([]() -> Task<> {
    co_await task_group([](TaskGroup& group) -> Task<> {
      std::vector<Task<int>> tasks;
      tasks.push_back([]() -> Task<int> {
        FAIL("it ran");
        co_return 1;
      }());
      const auto done = as_completed(group, std::move(tasks));
      co_return;
    });
  });
}

TEST_CASE("each task gives a result also when it is cancelled, before it starts or while it runs") {
  run_virtual([]() -> Task<> {
    Journal journal;
    const auto early_and_late = [&](bool start_first) -> Task<> {
      TaskGroup group;
      std::vector<Task<int>> tasks;
      tasks.push_back(hang(journal));
      auto done = as_completed(group, std::move(tasks));
      if (start_first) co_await yield_now();
      group.cancel();
      const CancelScope uninterrupted(CancelScope::Shield::kYes);
      co_await note_all(done, journal);
      co_await group.join();
    };
    co_await early_and_late(false);
    CHECK(journal.text() == "0~ end");
    co_await early_and_late(true);
    CHECK(journal.text() == "0~ end cancelled 0~ end");
  });
}

TEST_CASE("a task that ends in a stray Cancelled gives that as its result") {
  run_virtual([]() -> Task<> {
    Journal journal;
    const auto stray = []() -> Task<int> {
      co_await yield_now();
      throw Cancelled{};
    };
    TaskGroup group;
    std::vector<Task<int>> tasks;
    tasks.push_back(stray());
    tasks.push_back(value_after(1s, 2));
    auto done = as_completed(group, std::move(tasks));
    co_await note_all(done, journal);
    CHECK(journal.text() == "0~ 1=2 end");
  });
}

TEST_CASE("a next that times out loses no result") {
  run_virtual([]() -> Task<> {
    Journal journal;
    TaskGroup group;
    std::vector<Task<int>> tasks;
    tasks.push_back(value_after(3s, 1));
    auto done = as_completed(group, std::move(tasks));
    for (int i = 0; i < 2; ++i) {
      try {
        const auto item = co_await with_timeout(1s, done.next());
        journal(text(*item));
      } catch (const Timeout&) {
        journal("timeout");
      }
    }
    co_await note_all(done, journal);
    CHECK(journal.text() == "timeout timeout 0=1 end");
  });
}

TEST_CASE("a next that gets its result and is cancelled in one turn gives it") {
  run_virtual([]() -> Task<> {
    Journal journal;
    Event event;
    const auto value_after_event = [&]() -> Task<int> {
      co_await event.wait();
      co_return 7;
    };
    TaskGroup group;
    std::vector<Task<int>> tasks;
    tasks.push_back(value_after_event());
    auto done = as_completed(group, std::move(tasks));
    TaskGroup consumers;
    auto consumer = consumers.spawn(note_all(done, journal));
    co_await yield_now();
    event.set();
    co_await yield_now();  // the result is handed over as the task ends
    consumer.cancel();
    co_await consumers.join();
    co_await note_all(done, journal);
    CHECK(journal.text() == "0=7 end");
    co_await group.join();
  });
}

TEST_CASE("a next in a cancelled scope takes no result") {
  run_virtual([]() -> Task<> {
    Journal journal;
    TaskGroup group;
    std::vector<Task<int>> tasks;
    tasks.push_back(value_after(0s, 7));
    auto done = as_completed(group, std::move(tasks));
    co_await group.join();
    {
      CancelScope scope;
      scope.cancel();
      const Ended ended = co_await swallow(note_all(done, journal));
      CHECK(ended == Ended::kCancelled);
    }
    co_await note_all(done, journal);
    CHECK(journal.text() == "0=7 end");
  });
}

TEST_CASE("several tasks may share a stream") {
  run_shuffled([](std::uint64_t) -> Task<> {
    Journal journal;
    TaskGroup group;
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 20; ++i) tasks.push_back(value_after(std::chrono::seconds(i % 3), 0));
    auto done = as_completed(group, std::move(tasks));
    std::size_t results = 0;
    std::size_t ends = 0;
    co_await task_group([&](TaskGroup& consumers) -> Task<> {
      for (int i = 0; i < 3; ++i) {
        consumers.spawn([&]() -> Task<> {
          while (const auto item = co_await done.next()) ++results;
          ++ends;
        });
      }
      co_return;
    });
    CHECK(results == 20);
    CHECK(ends == 3);
  });
}

TEST_CASE("a stream may be moved, and die before its group is left") {
  run_virtual([]() -> Task<> {
    Journal journal;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      std::vector<Task<int>> tasks;
      tasks.push_back(value_after(1s, 1));
      auto done = as_completed(group, std::move(tasks));
      auto moved = std::move(done);
      co_await note_all(moved, journal);
    });
    CHECK(journal.text() == "0=1 end");
  });
}

}  // namespace
}  // namespace penstock::test
