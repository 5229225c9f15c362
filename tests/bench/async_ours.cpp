#include <vector>

#include "async_measure.hpp"
#include "async_rows.hpp"
#include "penstock/async/context.hpp"
#include "penstock/async/gather.hpp"
#include "penstock/async/listener.hpp"
#include "penstock/async/queue.hpp"
#include "penstock/async/semaphore.hpp"
#include "penstock/async/sleep.hpp"

namespace {

using namespace penstock::async;
using namespace penstock::bench;

double on_loop(Task<> work, int count) {
  Loop loop;
  const Stopwatch watch;
  loop.run(std::move(work));
  return watch.per(count);
}

Task<int> identity(int number) {
  co_return number;
}

Task<> child_awaits(int count) {
  for (int i = 0; i < count; ++i) {
    if (co_await identity(i) != i) co_return;
  }
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

Task<> forward(Queue<int>& from, Queue<int>& to, int count) {
  for (int i = 0; i < count; ++i) co_await to.put(*co_await from.get());
}

Task<> queue_pairs(int count) {
  Queue<int> there(1);
  Queue<int> back(1);
  co_await back.put(0);
  co_await gather(forward(there, back, count / 2), forward(back, there, count / 2));
}

Task<> hand_offs(int count) {
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

const ContextVar<int> variable;
const ContextVar<int> others[2];

Task<> lookups(int count) {
  const auto bound = variable.set(1);
  const auto above = others[0].set(2);
  const auto top = others[1].set(3);
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    sum += *variable.get();
    asm volatile("" : "+r"(sum) : : "memory");  // each is really looked up
  }
  co_return;
}

Task<> timers(int count) {
  for (int i = 0; i < count; ++i) {
    CancelScope scope;
    scope.cancel_at(later(Loop::current().now(), std::chrono::hours(1)));
  }
  co_return;
}

Task<> echo(Listener& listener) {
  Stream stream = co_await listener.accept();
  std::string message(kMessageBytes, '\0');
  while (const std::size_t size = co_await stream.read_some(message))
    co_await stream.write(std::string_view(message).substr(0, size));
}

Task<double> ping_pongs(int count) {
  Listener listener = co_await listen_tcp("127.0.0.1", 0);
  TaskGroup group;
  group.spawn(echo(listener));
  Stream stream = co_await connect_tcp("127.0.0.1", listener.port());
  std::string message(kMessageBytes, 'x');
  const Stopwatch watch;
  for (int i = 0; i < count; ++i) {
    co_await stream.write(message);
    co_await stream.read_some(message);
  }
  const double each = watch.per(count);
  stream.close();
  co_await group.join();
  co_return each;
}

Task<double> sleepers(int count) {
  const HeapScale scale;
  TaskGroup group;
  for (int i = 0; i < count; ++i)
    group.spawn([]() -> Task<> { co_await sleep(std::chrono::hours(1)); }());
  co_await yield_now();
  co_await yield_now();
  const double each = scale.per(count);
  group.cancel();
  co_await group.join();
  co_return each;
}

double measured(Task<double> work) {
  Loop loop;
  return loop.run(std::move(work));
}

}  // namespace

penstock::bench::Peer penstock::bench::ours() {
  return {
      .child_await = [](int count) { return on_loop(child_awaits(count), count); },
      .spawn_join = [](int count) { return on_loop(spawns_and_joins(count), count); },
      .queue_pair = [](int count) { return on_loop(queue_pairs(count), count); },
      .semaphore_hand_off = [](int count) { return on_loop(hand_offs(count), count); },
      .context_lookup = [](int count) { return on_loop(lookups(count), count); },
      .timer_set_cancel = [](int count) { return on_loop(timers(count), count); },
      .ping_pong = [](int count) { return measured(ping_pongs(count)); },
      .sleeper_bytes = [](int count) { return measured(sleepers(count)); },
  };
}
