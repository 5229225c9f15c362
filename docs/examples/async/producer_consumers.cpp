// One producer, a queue of at most ten, twenty items, three consumers; twice: ended by close(), and
// in the classic way, by a sentinel for each consumer.
#include <iostream>
#include <optional>
#include <variant>

#include "penstock/async/queue.hpp"
#include "penstock/async/sleep.hpp"
#include "penstock/async/task_group.hpp"

namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

constexpr int kItems = 20;
constexpr int kConsumers = 3;

Task<> process(int item, int& sum) {
  co_await sleep(10ms);
  sum += item;
}

/// The queue knows its end: get() gives std::nullopt once it is closed and empty.
Task<int> ended_by_close() {
  Queue<int> queue(10);
  int sum = 0;
  co_await task_group([&](TaskGroup& group) -> Task<> {
    for (int i = 0; i < kConsumers; ++i) {
      group.spawn([&]() -> Task<> {
        while (const std::optional<int> item = co_await queue.get()) co_await process(*item, sum);
      });
    }
    for (int item = 1; item <= kItems; ++item) co_await queue.put(item);  // waits while it is full
    queue.close();
  });
  co_return sum;
}

struct Sentinel {};

/// join() waits until each item that was put has been reported done.
Task<int> ended_by_sentinels() {
  Queue<std::variant<int, Sentinel>> queue(10);
  int sum = 0;
  co_await task_group([&](TaskGroup& group) -> Task<> {
    for (int i = 0; i < kConsumers; ++i) {
      group.spawn([&]() -> Task<> {
        for (bool more = true; more; queue.task_done()) {
          const auto item = co_await queue.get();
          more = std::holds_alternative<int>(*item);
          if (more) co_await process(std::get<int>(*item), sum);
        }
      });
    }
    for (int item = 1; item <= kItems; ++item) co_await queue.put(item);
    for (int i = 0; i < kConsumers; ++i) co_await queue.put(Sentinel{});
    co_await queue.join();
  });
  co_return sum;
}

Task<> example() {
  const TimePoint start = Loop::current().now();
  std::cout << "close: " << co_await ended_by_close();
  std::cout << " after " << (Loop::current().now() - start) / 1ms << " ms\n";
  std::cout << "sentinels: " << co_await ended_by_sentinels() << '\n';
}

}  // namespace

int main() {
  Loop loop({.virtual_time = true});
  loop.run(example());
}

// Prints:
// close: 210 after 70 ms
// sentinels: 210
