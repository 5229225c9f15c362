// What our primitives cost, in nanoseconds each: one line per primitive, the best of several
// rounds.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "async_rows.hpp"
#include "penstock/async/context.hpp"
#include "penstock/async/gather.hpp"
#include "penstock/async/queue.hpp"
#include "penstock/async/semaphore.hpp"
#include "penstock/async/sleep.hpp"
#include "penstock/async/timeout.hpp"

namespace {

using namespace penstock::async;

constexpr int kRounds = 9;  // the best of these: the others met an interrupt or a cold cache

Task<int> identity(int number) {
  co_return number;
}

Task<> child_awaits(int count) {
  for (int i = 0; i < count; ++i) {
    if (co_await identity(i) != i) co_return;
  }
}

Task<> lonely_hops(int count) {
  for (int i = 0; i < count; ++i) co_await yield_now();
}

/// A hundred tasks that are all ready: what a hop costs when the poll for I/O is shared.
Task<> crowded_hops(int count) {
  std::vector<Task<>> tasks;
  for (int task = 0; task < 100; ++task) tasks.push_back(lonely_hops(count / 100));
  co_await gather(std::move(tasks));
}

Task<> set_event_waits(int count) {
  Event event;
  event.set();
  for (int i = 0; i < count; ++i) co_await event.wait();
}

Task<> uncontended_permits(int count) {
  Semaphore semaphore(1);
  for (int i = 0; i < count; ++i) const auto permit = co_await semaphore.acquire();
}

/// Two tasks and one permit: each release hands it to the other, and each acquire suspends.
Task<> permit_hand_offs(int count) {
  Semaphore semaphore(1);
  const auto contend = [&]() -> Task<> {
    {
      const auto permit = co_await semaphore.acquire();
      co_await yield_now();
    }
    for (int i = 0; i < count / 2; ++i) const auto permit = co_await semaphore.acquire();
  };
  co_await gather(contend(), contend());
}

Task<> buffered_items(int count) {
  Queue<int> queue(1);
  for (int i = 0; i < count; ++i) {
    co_await queue.put(i);
    co_await queue.get();
  }
}

Task<> forward(Queue<int>& from, Queue<int>& to, int count) {
  for (int i = 0; i < count; ++i) co_await to.put(*co_await from.get());
}

/// Two tasks throw one item to and fro: each put finds the other waiting, and each get suspends.
Task<> item_hand_offs(int count) {
  Queue<int> there(1);
  Queue<int> back(1);
  co_await back.put(0);
  co_await gather(forward(there, back, count / 2), forward(back, there, count / 2));
}

Task<> nothing() {
  co_return;
}

Task<> spawns_and_joins(int count) {
  co_await task_group([&](TaskGroup& group) -> Task<> {
    for (int i = 0; i < count; ++i) {
      auto child = group.spawn(nothing());
      co_await child.join();
    }
  });
}

Task<> spawns_in_hundreds(int count) {
  for (int i = 0; i < count; i += 100) {
    co_await task_group([](TaskGroup& group) -> Task<> {
      for (int child = 0; child < 100; ++child) group.spawn(nothing());
      co_return;
    });
  }
}

Task<> timeouts(int count) {
  for (int i = 0; i < count; ++i) co_await with_timeout(std::chrono::hours(1), identity(i));
}

Task<> cancelled_sleeps(int count) {
  for (int i = 0; i < count; ++i) {
    try {
      co_await with_timeout(Duration::zero(), sleep(std::chrono::hours(1)));
    } catch (const Timeout&) {
    }
  }
}

ContextVar<int> variable;

Task<> bindings(int count) {
  for (int i = 0; i < count; ++i) const auto bound = variable.set(i);
  co_return;
}

void measure(const char* what, Task<> (*body)(int), int count) {
  double best_ns = 1e18;
  for (int round = 0; round < kRounds; ++round) {
    Loop loop;
    const auto begin = Clock::now();
    loop.run(body(count));
    const std::chrono::duration<double, std::nano> took = Clock::now() - begin;
    best_ns = std::min(best_ns, took.count() / count);
  }
  std::printf("%-48s %8.1f ns\n", what, best_ns);
}

}  // namespace

void penstock::bench::print_primitives() {
  measure("child that completes at once", child_awaits, 1'000'000);
  measure("wait on an event that is set", set_event_waits, 1'000'000);
  measure("semaphore, free", uncontended_permits, 1'000'000);
  measure("semaphore, handed from task to task", permit_hand_offs, 200'000);
  measure("queue, put then get", buffered_items, 1'000'000);
  measure("queue, put to a waiting getter", item_hand_offs, 200'000);
  measure("spawn and join, one at a time", spawns_and_joins, 200'000);
  measure("spawn in groups of a hundred", spawns_in_hundreds, 200'000);
  measure("with_timeout around a child", timeouts, 200'000);
  measure("with_timeout that passes", cancelled_sleeps, 20'000);
  measure("binding of a context variable", bindings, 1'000'000);
  measure("hop, a hundred tasks ready", crowded_hops, 1'000'000);
  measure("hop, one task: a whole turn with its poll", lonely_hops, 200'000);
}
