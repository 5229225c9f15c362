#include "penstock/async/channel.hpp"

#include <atomic>
#include <vector>

#include "penstock/async/gather.hpp"
#include "penstock/async/loop_thread.hpp"
#include "penstock/async/timeout.hpp"
#include "support/async_death.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

template <class T>
Task<> put(Channel<T>& channel, T item) {
  co_await channel.put(std::move(item));
}

template <class T>
Task<std::optional<T>> get(Channel<T>& channel) {
  co_return co_await channel.get();
}

TEST_CASE("a channel gives its items in order, then its end") {
  run_virtual([]() -> Task<> {
    Channel<int> channel(3);
    for (int i = 1; i <= 3; ++i) co_await channel.put(i);
    int refused = 4;
    CHECK_FALSE(channel.try_put(std::move(refused)));
    channel.close();
    channel.close();
    for (int i = 1; i <= 3; ++i) CHECK(co_await channel.get() == std::optional(i));
    CHECK_FALSE(co_await channel.get());
    CHECK_FALSE(channel.try_get());
    CHECK(co_await swallow(put(channel, 5)) == Ended::kError);
  });
}

TEST_CASE("items from another loop come in order, however small the channel is") {
  run_virtual([]() -> Task<> {
    LoopThread other;
    Channel<int> channel(2);
    constexpr int kItems = 5000;
    TaskGroup group;
    group.spawn(run_in(other, [&]() -> Task<> {
      for (int i = 0; i < kItems; ++i) co_await channel.put(i);
      channel.close();
    }));
    int expected = 0;
    while (const auto item = co_await channel.get()) CHECK(*item == expected++);
    CHECK(expected == kItems);
    co_await group.join();
  });
}

TEST_CASE("many putters and getters on three loops lose nothing and deliver nothing twice") {
  run_virtual([]() -> Task<> {
    LoopThread first;
    LoopThread second;
    Channel<int> channel(3);
    constexpr int kItems = 1000;
    std::vector<std::atomic<int>> seen(2 * kItems);
    const auto put_all = [&](int from) -> Task<> {
      for (int i = 0; i < kItems; ++i) co_await channel.put(from + i);
    };
    const auto get_all = [&]() -> Task<> {
      while (const auto item = co_await channel.get()) ++seen[static_cast<std::size_t>(*item)];
    };
    TaskGroup getters;
    getters.spawn(get_all);
    getters.spawn(run_in(first, get_all));
    getters.spawn(run_in(second, get_all));
    co_await gather(run_in(first, put_all, 0), run_in(second, put_all, kItems));
    channel.close();
    co_await getters.join();
    for (const auto& times : seen) CHECK(times == 1);
  });
}

/// Takes items until the end, each with a wait that is cancelled as soon as it can be.
Task<> get_impatiently(Channel<int>& channel, std::vector<std::atomic<int>>& seen) {
  for (bool ended = false; !ended;) {
    TaskGroup group;
    auto getting = group.spawn([&]() -> Task<> {
      const auto item = co_await channel.get();
      ended = !item;
      if (item) ++seen[static_cast<std::size_t>(*item)];
    });
    co_await yield_now();
    getting.cancel();
    co_await group.join();
  }
}

TEST_CASE("getters that are cancelled while another loop puts lose no item") {
  run_virtual([]() -> Task<> {
    LoopThread other;
    Channel<int> channel(1);
    constexpr int kItems = 1000;
    std::vector<std::atomic<int>> seen(kItems);
    TaskGroup group;
    group.spawn(run_in(other, [&]() -> Task<> {
      for (int i = 0; i < kItems; ++i) co_await channel.put(i);
      channel.close();
    }));
    co_await get_impatiently(channel, seen);
    co_await group.join();
    for (const auto& times : seen) CHECK(times == 1);
  });
}

TEST_CASE("an item that was handed over before its getter was cancelled is delivered") {
  run_virtual([]() -> Task<> {
    Channel<Tracked> channel(1);
    Ended ended = Ended::kNot;
    TaskGroup group;
    auto getting = group.spawn(observe(get(channel), ended));
    co_await yield_now();
    CHECK(channel.try_put(Tracked(1)));
    getting.cancel();
    co_await group.join();
    CHECK(ended == Ended::kValue);
  });
}

TEST_CASE("a getter that was cancelled first leaves the item to the next") {
  run_virtual([]() -> Task<> {
    Channel<Tracked> channel(1);
    Ended ended = Ended::kNot;
    TaskGroup group;
    auto getting = group.spawn(observe(get(channel), ended));
    co_await yield_now();
    getting.cancel();
    CHECK(channel.try_put(Tracked(1)));
    co_await group.join();
    CHECK(ended == Ended::kCancelled);
    CHECK(channel.try_get()->number() == 1);
  });
}

TEST_CASE("a putter that waits is let in in its turn, or not at all when it is cancelled") {
  run_virtual([]() -> Task<> {
    Channel<int> channel(1);
    CHECK(channel.try_put(1));
    Ended cancelled = Ended::kNot;
    Ended let_in = Ended::kNot;
    TaskGroup group;
    auto second = group.spawn(observe(put(channel, 2), cancelled));
    auto third = group.spawn(observe(put(channel, 3), let_in));
    co_await yield_now();
    second.cancel();
    CHECK(channel.try_get() == std::optional(1));
    third.cancel();
    co_await group.join();
    CHECK(cancelled == Ended::kCancelled);
    CHECK(let_in == Ended::kValue);
    CHECK(channel.try_get() == std::optional(3));
  });
}

TEST_CASE("closing a channel wakes those who wait, on whatever loop") {
  run_virtual([]() -> Task<> {
    LoopThread other;
    Channel<int> full(1);
    Channel<int> empty(1);
    CHECK(full.try_put(1));
    Ended putting = Ended::kNot;
    Ended getting_here = Ended::kNot;
    TaskGroup group;
    group.spawn(observe(put(full, 2), putting));
    group.spawn(observe(get(empty), getting_here));
    auto getting = group.spawn(
        run_in(other, [&]() -> Task<bool> { co_return (co_await empty.get()).has_value(); }));
    co_await yield_now();
    full.close();
    empty.close();
    CHECK_FALSE(co_await getting.join());
    co_await group.join();
    CHECK(putting == Ended::kError);
    CHECK(getting_here == Ended::kValue);
  });
}

TEST_CASE("in a cancelled scope nothing is put and nothing taken") {
  run_virtual([]() -> Task<> {
    Channel<int> channel(2);
    co_await channel.put(1);
    CancelScope scope;
    scope.cancel();
    CHECK(co_await swallow(put(channel, 2)) == Ended::kCancelled);
    CHECK(co_await swallow(get(channel)) == Ended::kCancelled);
    CHECK(channel.try_get() == std::optional(1));
    CHECK_FALSE(channel.try_get());
  });
}

TEST_CASE("a channel that is destroyed while a task waits on it dies loudly") {
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      TaskGroup group;
      std::optional<Channel<int>> channel(std::in_place, 1);
      group.spawn(get(*channel));
      co_await yield_now();
      channel.reset();
    });
  }));
}

}  // namespace
}  // namespace penstock::test
