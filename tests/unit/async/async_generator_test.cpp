#include "penstock/async/async_generator.hpp"

#include <string>

#include "penstock/async/flatten.hpp"
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

/// 0 to count - 1, awaiting `pause` before each; nothing if that is zero.
AsyncGenerator<int> numbers(int count, Duration pause = Duration::zero()) {
  for (int i = 0; i < count; ++i) {
    if (pause > Duration::zero()) co_await sleep(pause);
    co_yield i;
  }
}

TEST_CASE("a generator gives its values one by one, and then its end for ever") {
  run_virtual([]() -> Task<> {
    auto generator = numbers(3);
    std::string got;
    while (const auto number = co_await generator.next()) got += std::to_string(*number);
    CHECK(got == "012");
    const auto end = co_await generator.next();
    CHECK_FALSE(end);
  });
}

TEST_CASE("a generator runs only when it is asked, up to its next value") {
  run_virtual([]() -> Task<> {
    Journal journal;
    const auto make = [&]() -> AsyncGenerator<int> {
      journal("begin");
      co_yield 1;
      journal("middle");
      co_yield 2;
      journal("end");
    };
    auto generator = make();
    co_await yield_now();
    CHECK(journal.text().empty());
    co_await generator.next();
    co_await yield_now();
    CHECK(journal.text() == "begin");
    co_await generator.next();
    CHECK(journal.text() == "begin middle");
    const auto end = co_await generator.next();
    CHECK_FALSE(end);
    CHECK(journal.text() == "begin middle end");
  });
}

TEST_CASE("values that are there at once let no other task run") {
  run_virtual([]() -> Task<> {
    const std::uint64_t turns = Loop::current().turns();
    auto generator = numbers(10);
    while (co_await generator.next()) {
    }
    CHECK(Loop::current().turns() == turns);
  });
}

TEST_CASE("a generator may await between its values, as a part of the task that asks") {
  run_virtual([]() -> Task<> {
    const TimePoint start = Loop::current().now();
    auto generator = numbers(3, 1s);
    int sum = 0;
    while (const auto number = co_await generator.next()) sum += *number;
    CHECK(sum == 3);
    CHECK(Loop::current().now() - start == 3s);
  });
}

TEST_CASE("a million values that are there at once need no stack") {
  run_virtual([]() -> Task<> {
    auto generator = numbers(1'000'000);
    int count = 0;
    while (co_await generator.next()) ++count;
    CHECK(count == 1'000'000);
  });
}

TEST_CASE("values that only move are handed over, and none leaks") {
  const int before = Tracked::live();
  run_virtual([]() -> Task<> {
    const auto make = []() -> AsyncGenerator<Tracked> {
      for (int i = 0; i < 3; ++i) co_yield Tracked(i);
      Tracked last(3);
      co_yield std::move(last);
      CHECK(last.moved_from());
    };
    auto generator = make();
    for (int i = 0; i < 4; ++i) {
      const auto value = co_await generator.next();
      CHECK(value->number() == i);
    }
    co_await generator.next();
  });
  CHECK(Tracked::live() == before);
}

TEST_CASE("a variable that is yielded is copied, and stays the generator's") {
  run_virtual([]() -> Task<> {
    const auto make = []() -> AsyncGenerator<std::string> {
      std::string text = "a string that is long enough to be allocated";
      co_yield text;
      co_yield text + '!';
      co_yield "a literal";
    };
    const auto all = co_await collect(make());
    CHECK(all.size() == 3);
    CHECK(all[1] == all[0] + '!');
    CHECK(all[2] == "a literal");
  });
}

TEST_CASE("an error in a generator comes out of next, once, and ends it") {
  run_virtual([]() -> Task<> {
    const auto make = [](bool suspends) -> AsyncGenerator<int> {
      co_yield 1;
      if (suspends) co_await yield_now();
      throw std::runtime_error("boom");
    };
    for (const bool suspends : {false, true}) {
      auto generator = make(suspends);
      co_await generator.next();
      std::string what;
      try {
        co_await generator.next();
      } catch (const std::runtime_error& error) {
        what = error.what();
      }
      CHECK(what == "boom");
      const auto end = co_await generator.next();
      CHECK_FALSE(end);
    }
  });
}

TEST_CASE("a generator that is dropped before its start or between values destroys its locals") {
  run_virtual([]() -> Task<> {
    const int before = Tracked::live();
    const auto make = [](Tracked) -> AsyncGenerator<int> {
      const Tracked local(2);
      for (int i = 0;; ++i) co_yield i;
    };
    {
      const auto never_started = make(Tracked(1));
      CHECK(Tracked::live() == before + 1);
    }
    {
      auto parked = make(Tracked(1));
      co_await parked.next();
      CHECK(Tracked::live() == before + 2);
    }
    CHECK(Tracked::live() == before);
  });
}

TEST_CASE("a generator may be moved between two values") {
  run_virtual([]() -> Task<> {
    auto first = numbers(3);
    co_await first.next();
    auto second = std::move(first);
    const auto one = co_await second.next();
    CHECK(one == 1);
    first = numbers(1);
    std::swap(first, second);
    const auto two = co_await first.next();
    CHECK(two == 2);
  });
}

TEST_CASE("a cancellation strikes a generator where it awaits, and ends it") {
  run_virtual([]() -> Task<> {
    Journal journal;
    const auto make = [&]() -> AsyncGenerator<int> {
      try {
        co_yield 1;
        co_await forever();
      } catch (const Cancelled&) {
        journal("cancelled");
        throw;
      }
    };
    auto generator = make();
    co_await generator.next();
    const Ended ended = co_await swallow(with_timeout(1s, generator.next()));
    CHECK(ended == Ended::kError);
    CHECK(journal.text() == "cancelled");
    const auto end = co_await generator.next();
    CHECK_FALSE(end);
  });
}

TEST_CASE("a value that is reached in the turn of a cancellation is delivered") {
  run_virtual([]() -> Task<> {
    Event event;
    const auto make = [&]() -> AsyncGenerator<int> {
      co_await event.wait();
      co_yield 7;
    };
    auto generator = make();
    std::optional<int> got;
    Ended after = Ended::kNot;
    TaskGroup group;
    group.spawn([&]() -> Task<> {
      got = co_await generator.next();
      co_await observe(forever(), after);
    });
    co_await yield_now();
    event.set();
    group.cancel();
    co_await group.join();
    CHECK(got == 7);
    CHECK(after == Ended::kCancelled);
  });
}

TEST_CASE("a scope of the consumer covers the generator only while it is open") {
  run_virtual([]() -> Task<> {
    auto generator = numbers(3, 1s);
    {
      CancelScope scope;
      scope.cancel_at(Loop::current().now() + 1500ms);
      const auto first = co_await generator.next();
      CHECK(first == 0);
    }
    const auto second = co_await generator.next();
    CHECK(second == 1);
  });
}

TEST_CASE("a scope that is opened and closed between two values is the generator's own affair") {
  run_virtual([]() -> Task<> {
    const auto make = []() -> AsyncGenerator<std::string> {
      try {
        co_await with_timeout(1s, forever());
      } catch (const Timeout&) {
      }
      co_yield "timeout";
      co_yield co_await task_group([](TaskGroup& group) -> Task<std::string> {
        auto child = group.spawn(value_after(1s, std::string("child")));
        co_return co_await child.join();
      });
    };
    const auto all = co_await collect(make());
    CHECK(all == std::vector<std::string>{"timeout", "child"});
  });
}

TEST_CASE("each next sees the context variables of the task that asks") {
  static const ContextVar<int> variable;
  run_virtual([]() -> Task<> {
    const auto make = []() -> AsyncGenerator<int> {
      for (;;) {
        co_await yield_now();
        co_yield variable.get() == nullptr ? 0 : *variable.get();
      }
    };
    auto generator = make();
    const auto outside = co_await generator.next();
    CHECK(outside == 0);
    {
      const auto bound = variable.set(7);
      const auto inside = co_await generator.next();
      CHECK(inside == 7);
    }
    const auto again = co_await generator.next();
    CHECK(again == 0);
  });
}

TEST_CASE("one task may go on with a generator where another has stopped") {
  run_virtual([]() -> Task<> {
    auto generator = numbers(4, 1s);
    std::string got;
    const auto ask = [&]() -> Task<> {
      for (int i = 0; i < 2; ++i) got += std::to_string(*co_await generator.next());
    };
    TaskGroup group;
    auto first = group.spawn(ask);
    co_await first.join();
    group.spawn(ask);
    co_await group.join();
    CHECK(got == "0123");
  });
}

AsyncGenerator<int> never_yields() {
  co_await forever();
  co_yield 1;
}

Task<> asks_in_vain() {
  auto generator = never_yields();
  co_await generator.next();
}

TEST_CASE("a dump shows the generator and the one who asks it") {
  run_virtual([]() -> Task<> {
    TaskGroup group;
    group.spawn(asks_in_vain(), "consumer");
    co_await yield_now();
    const std::string dump = Loop::current().dump_tasks();
    CHECK_THAT(dump,
               Contains("consumer: waits") && Contains("never_yields") && Contains("asks_in_vain"));
    group.cancel();
    co_await group.join();
  });
}

TEST_CASE("a generator is built on another") {
  run_virtual([]() -> Task<> {
    const auto doubled = [](AsyncGenerator<int> source) -> AsyncGenerator<int> {
      while (const auto number = co_await source.next()) co_yield *number * 2;
    };
    const auto all = co_await collect(doubled(doubled(numbers(3, 1s))));
    CHECK(all == std::vector<int>{0, 4, 8});
  });
}

/// Consumes `generator` to its end.
template <class T>
void consume(AsyncGenerator<T> (*make)()) {
  run_virtual([make]() -> Task<> { co_await collect(make()); });
}

#ifndef NDEBUG
TEST_CASE("a co_yield inside a scope, a group or a binding of the generator dies loudly") {
  const auto in_scope = [] {
    consume<int>([]() -> AsyncGenerator<int> {
      const CancelScope scope;
      co_yield 1;
    });
  };
  CHECK_THAT(last_words(in_scope), Contains("is open at a co_yield"));
  const auto in_group = [] {
    consume<int>([]() -> AsyncGenerator<int> {
      TaskGroup group;
      co_yield 1;
      co_await group.join();
    });
  };
  CHECK_THAT(last_words(in_group), Contains("is open at a co_yield"));
  const auto in_binding = [] {
    static const ContextVar<int> variable;
    consume<int>([]() -> AsyncGenerator<int> {
      const auto bound = variable.set(1);
      co_yield 1;
    });
  };
  CHECK_THAT(last_words(in_binding), Contains("is in force at a co_yield"));
}

TEST_CASE("a second next while one runs dies loudly") {
  const auto two_at_once = []() -> Task<> {
    auto generator = numbers(2, 1s);
    TaskGroup group;
    for (int i = 0; i < 2; ++i) {
      group.spawn([&]() -> Task<> { co_await generator.next(); });
    }
    co_await group.join();
  };
  CHECK_THAT(last_words([&] { run_virtual(two_at_once); }), Contains("while a next() runs"));
}

TEST_CASE("a generator that is destroyed while a next runs dies loudly") {
  const auto destroy = []() -> Task<> {
    auto generator = std::make_unique<AsyncGenerator<int>>(numbers(2, 1s));
    TaskGroup group;
    group.spawn([&]() -> Task<> { co_await generator->next(); });
    co_await yield_now();
    generator.reset();
    co_await group.join();
  };
  CHECK_THAT(last_words([&] { run_virtual(destroy); }), Contains("destroyed in a next()"));
}

TEST_CASE("asking a generator that was moved away dies loudly") {
  const auto ask = []() -> Task<> {
    auto generator = numbers(2);
    const auto other = std::move(generator);
    co_await generator.next();
  };
  CHECK_THAT(last_words([&] { run_virtual(ask); }), Contains("was moved away"));
}
#endif

}  // namespace
}  // namespace penstock::test
