#include "penstock/async/queue.hpp"

#include <random>

#include "penstock/async/lifo_queue.hpp"
#include "penstock/async/priority_queue.hpp"
#include "penstock/async/task_group.hpp"
#include "penstock/async/timeout.hpp"
#include "support/async_death.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

// What does not depend on the order in which items leave is the same for each kind of queue.
#define QUEUES Queue<int>, PriorityQueue<int>, LifoQueue<int>

struct ByNumber {
  bool operator()(const Tracked& a, const Tracked& b) const { return a.number() < b.number(); }
};
using TrackedPriorityQueue = PriorityQueue<Tracked, ByNumber>;
#define TRACKED_QUEUES Queue<Tracked>, TrackedPriorityQueue, LifoQueue<Tracked>

template <class IntQueue>
Task<> put_named(IntQueue& queue, int item, Journal& journal) {
  co_await queue.put(item);
  journal("put" + std::to_string(item));
}

template <class IntQueue>
Task<> get_named(IntQueue& queue, std::string name, Journal& journal) {
  const auto item = co_await queue.get();
  journal(name + (item ? std::to_string(*item) : "end"));
}

TEST_CASE("items leave a queue in the order they were put") {
  run_virtual([]() -> Task<> {
    Queue<int> queue(3);
    for (int i = 1; i <= 3; ++i) co_await queue.put(i);
    for (int i = 1; i <= 3; ++i) {
      const auto item = co_await queue.get();
      CHECK(item == i);
    }
    CHECK(queue.empty());
  });
}

TEMPLATE_TEST_CASE("a put waits while the queue is full", "", QUEUES) {
  run_virtual([]() -> Task<> {
    TestType queue(1);
    Journal journal;
    co_await queue.put(1);
    TaskGroup group;
    group.spawn(put_named(queue, 2, journal));
    co_await yield_now();
    CHECK(queue.size() == 1);
    CHECK(queue.try_get() == 1);
    CHECK(queue.full());
    CHECK(journal.text().empty());
    co_await group.join();
    CHECK(journal.text() == "put2");
  });
}

TEMPLATE_TEST_CASE("getters are served first come, first served, though some are cancelled", "",
                   QUEUES) {
  run_virtual([]() -> Task<> {
    TestType queue(5);
    Journal journal;
    TaskGroup group;
    group.spawn(get_named(queue, "a", journal));
    JoinHandle<void> second = group.spawn(get_named(queue, "b", journal));
    group.spawn(get_named(queue, "c", journal));
    co_await yield_now();
    second.cancel();
    for (int i = 1; i <= 3; ++i) co_await queue.put(i);
    co_await group.join();
    CHECK(journal.text() == "a1 c2");
    CHECK(queue.try_get() == 3);
  });
}

TEMPLATE_TEST_CASE("putters are let in first come, first served, though some are cancelled", "",
                   QUEUES) {
  run_virtual([]() -> Task<> {
    TestType queue(1);
    Journal journal;
    co_await queue.put(0);
    TaskGroup group;
    group.spawn(put_named(queue, 1, journal));
    JoinHandle<void> second = group.spawn(put_named(queue, 2, journal));
    group.spawn(put_named(queue, 3, journal));
    co_await yield_now();
    second.cancel();
    std::string got;
    for (int i = 0; i < 3; ++i) got += std::to_string(*co_await queue.get());
    co_await group.join();
    CHECK(got == "013");
    CHECK(journal.text() == "put1 put3");
  });
}

TEMPLATE_TEST_CASE("an item goes straight to a waiting getter, and a newcomer cannot take it", "",
                   QUEUES) {
  run_virtual([]() -> Task<> {
    TestType queue(1);
    Journal journal;
    TaskGroup group;
    group.spawn(get_named(queue, "waiting", journal));
    co_await yield_now();
    CHECK(queue.try_put(1));
    CHECK(queue.empty());
    CHECK(queue.try_get() == std::nullopt);
    co_await group.join();
    CHECK(journal.text() == "waiting1");
  });
}

TEMPLATE_TEST_CASE("try_put leaves the item alone when there is no room", "", TRACKED_QUEUES) {
  TestType queue(1);
  Tracked first(1);
  Tracked second(2);
  CHECK(queue.try_put(std::move(first)));
  CHECK_FALSE(queue.try_put(std::move(second)));
  CHECK(second.number() == 2);
  queue.close();
  CHECK(queue.try_get()->number() == 1);
  CHECK_FALSE(queue.try_put(std::move(second)));
  CHECK(second.number() == 2);
}

TEST_CASE("getters of a closed queue drain what is left, then see its end") {
  run_virtual([]() -> Task<> {
    Queue<int> queue(2);
    co_await queue.put(1);
    co_await queue.put(2);
    queue.close();
    std::string got;
    while (const auto item = co_await queue.get()) got += std::to_string(*item);
    CHECK(got == "12");
    const auto again = co_await queue.get();
    CHECK_FALSE(again);
  });
}

TEMPLATE_TEST_CASE("closing a queue wakes every waiting getter", "", QUEUES) {
  run_virtual([]() -> Task<> {
    TestType queue(1);
    Journal journal;
    TaskGroup group;
    for (const char* name : {"a", "b"}) group.spawn(get_named(queue, name, journal));
    co_await yield_now();
    queue.close();
    queue.close();
    co_await group.join();
    CHECK(journal.text() == "aend bend");
  });
}

TEMPLATE_TEST_CASE("a put on a closed queue throws QueueClosed", "", QUEUES) {
  run_virtual([]() -> Task<> {
    TestType queue(1);
    queue.close();
    bool refused = false;
    try {
      co_await queue.put(1);
    } catch (const QueueClosed&) {
      refused = true;
    }
    CHECK(refused);
    CHECK(queue.empty());
  });
}

TEMPLATE_TEST_CASE(
    "a put that waits when the queue is closed throws, and its item is not in the queue", "",
    QUEUES) {
  run_virtual([]() -> Task<> {
    TestType queue(1);
    co_await queue.put(1);
    Ended ended = Ended::kNot;
    TaskGroup group;
    auto put = [&]() -> Task<> { co_await queue.put(2); };
    group.spawn(observe(put(), ended));
    co_await yield_now();
    queue.close();
    co_await group.join();
    CHECK(ended == Ended::kError);
    CHECK(queue.try_get() == 1);
    CHECK(queue.empty());
  });
}

TEMPLATE_TEST_CASE("a put that was let in before the queue was closed stays in", "", QUEUES) {
  run_virtual([]() -> Task<> {
    TestType queue(1);
    co_await queue.put(1);
    Ended ended = Ended::kNot;
    TaskGroup group;
    auto put = [&]() -> Task<> { co_await queue.put(2); };
    group.spawn(observe(put(), ended));
    co_await yield_now();
    CHECK(queue.try_get() == 1);
    queue.close();
    co_await group.join();
    CHECK(ended == Ended::kValue);
    CHECK(queue.try_get() == 2);
  });
}

TEMPLATE_TEST_CASE("join waits until each item was reported done, not only taken", "", QUEUES) {
  run_virtual([]() -> Task<> {
    TestType queue(2);
    co_await queue.put(1);
    co_await queue.put(2);
    Ended ended = Ended::kNot;
    TaskGroup group;
    auto join = [&]() -> Task<> { co_await queue.join(); };
    group.spawn(observe(join(), ended));
    for (int i = 0; i < 2; ++i) {
      co_await queue.get();
      co_await yield_now();
      CHECK(ended == Ended::kNot);
      queue.task_done();
    }
    co_await group.join();
    CHECK(ended == Ended::kValue);
  });
}

TEMPLATE_TEST_CASE("joining a queue that has nothing unfinished returns at once, and again later",
                   "", QUEUES) {
  run_virtual([]() -> Task<> {
    TestType queue(1);
    co_await queue.join();
    co_await queue.put(1);
    co_await queue.get();
    queue.task_done();
    co_await queue.join();
  });
}

TEMPLATE_TEST_CASE("join counts an item that was handed to a waiting getter", "", QUEUES) {
  run_virtual([]() -> Task<> {
    TestType queue(1);
    Journal journal;
    TaskGroup group;
    group.spawn(get_named(queue, "a", journal));
    co_await yield_now();
    co_await queue.put(1);
    const Ended ended = co_await swallow(with_timeout(1s, queue.join()));
    CHECK(ended == Ended::kError);
    queue.task_done();
    co_await queue.join();
    co_await group.join();
  });
}

TEST_CASE("a larger capacity lets waiting putters in at once, a smaller one only as items leave") {
  run_virtual([]() -> Task<> {
    Queue<int> queue(1);
    Journal journal;
    co_await queue.put(0);
    TaskGroup group;
    for (int i = 1; i <= 2; ++i) group.spawn(put_named(queue, i, journal));
    co_await yield_now();
    queue.set_capacity(2);
    CHECK(queue.size() == 2);
    queue.set_capacity(1);
    CHECK(queue.try_get() == 0);
    CHECK(queue.size() == 1);
    CHECK(queue.try_get() == 1);
    CHECK(queue.try_get() == 2);
    co_await group.join();
    CHECK(journal.text() == "put1 put2");
  });
}

TEMPLATE_TEST_CASE("an item that only moves passes through unharmed, and none leaks", "",
                   TRACKED_QUEUES) {
  const int before = Tracked::live();
  run_virtual([]() -> Task<> {
    TestType queue(1);
    TaskGroup group;
    group.spawn([&]() -> Task<> {
      for (int i = 0; i < 5; ++i) co_await queue.put(Tracked(i));
    });
    for (int i = 0; i < 4; ++i) {
      const auto item = co_await queue.get();
      CHECK(item->number() == i);
    }
    co_await group.join();
  });
  CHECK(Tracked::live() == before);
}

template <class IntQueue>
struct Crowd {
  IntQueue queue{3};
  std::mt19937_64 random;
  long put_sum = 0;
  long got_sum = 0;

  /// Puts with a time limit; counts an item only if the queue accepted it.
  Task<> producer(int items) {
    for (int i = 1; i <= items; ++i) {
      try {
        co_await with_timeout(std::chrono::milliseconds(random() % 3), queue.put(i));
        put_sum += i;
      } catch (const Timeout&) {
      }
      if (random() % 4 == 0) co_await sleep(1ms);
    }
  }

  /// Gets with a time limit, until the queue ends.
  Task<> consumer() {
    for (bool open = true; open;) {
      try {
        const auto item =
            co_await with_timeout(std::chrono::milliseconds(random() % 3), queue.get());
        open = item.has_value();
        got_sum += item.value_or(0);
      } catch (const Timeout&) {
      }
      if (random() % 4 == 0) co_await sleep(1ms);
    }
  }
};

TEMPLATE_TEST_CASE("no item is lost or doubled in a crowd with timeouts", "", QUEUES) {
  run_shuffled([](std::uint64_t seed) -> Task<> {
    Crowd<TestType> crowd{.random = std::mt19937_64(seed)};
    co_await task_group([&](TaskGroup& group) -> Task<> {
      for (int i = 0; i < 3; ++i) group.spawn(crowd.consumer());
      co_await task_group([&](TaskGroup& producers) -> Task<> {
        for (int i = 0; i < 3; ++i) producers.spawn(crowd.producer(30));
        co_return;
      });
      crowd.queue.close();
    });
    CHECK(crowd.put_sum > 0);
    CHECK(crowd.got_sum == crowd.put_sum);
  });
}

#ifndef NDEBUG
TEMPLATE_TEST_CASE("a queue destroyed while a task waits on it dies loudly", "", QUEUES) {
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      auto queue = std::make_unique<TestType>(1);
      TaskGroup group;
      group.spawn([&]() -> Task<> { co_await queue->get(); });
      co_await yield_now();
      queue.reset();
      co_await group.join();
    });
  }));
}

TEST_CASE("task_done without an item taken dies loudly") {
  CHECK(dies_loudly([] { Queue<int>(1).task_done(); }));
}
#endif

}  // namespace
}  // namespace penstock::test
