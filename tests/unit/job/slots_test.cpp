// Who gets the next slot.
#include "penstock/job/slots.hpp"

#include <algorithm>

#include "penstock/async/sleep.hpp"
#include "penstock/async/task_group.hpp"
#include "support/async_run.hpp"

namespace penstock::job {
namespace {

using namespace std::chrono_literals;
using async::Task;
using async::TaskGroup;

/// A worker of the queue `name`: notes when it is its turn, and holds the slot for a second.
Task<> work(Slots::Share& share, std::string& order, char name) {
  const Slots::Permit permit = co_await share.acquire();
  order += name;
  co_await async::sleep(1s);
}

void spawn(TaskGroup& group, int count, Slots::Share& share, std::string& order, char name) {
  for (; count > 0; --count) group.spawn(work(share, order, name));
}

/// Spawns waiters while the only slot is taken, then gives it back. The order of their turns.
template <class Spawn>
Task<std::string> turns(Slots& slots, Slots::Share& holder, Spawn spawn_waiters) {
  std::string order;
  co_await async::task_group([&](TaskGroup& group) -> Task<> {
    const Slots::Permit held = holder.try_acquire();
    CHECK(slots.taken() == slots.total());
    spawn_waiters(group, order);
    co_await async::sleep(1ms);
  });
  CHECK(slots.taken() == 0);
  co_return order;
}

TEST_CASE("a free slot goes to the highest priority, whoever came first") {
  test::run_shuffled([](std::uint64_t) -> Task<> {
    Slots slots(1);
    Slots::Share low(slots, 0, 1000);
    Slots::Share high(slots, 1, 1);
    CHECK(co_await turns(slots, low, [&](TaskGroup& group, std::string& order) {
            spawn(group, 3, low, order, 'l');
            spawn(group, 3, high, order, 'h');
          }) == "hhhlll");
  });
}

TEST_CASE("queues of one priority share the slots by weight, finely mixed") {
  test::run_shuffled([](std::uint64_t) -> Task<> {
    Slots slots(1);
    Slots::Share heavy(slots, 0, 3);
    Slots::Share light(slots, 0, 1);
    const std::string order =
        co_await turns(slots, heavy, [&](TaskGroup& group, std::string& turns_so_far) {
          spawn(group, 12, light, turns_so_far, 'l');
          spawn(group, 12, heavy, turns_so_far, 'h');
        });
    for (std::size_t at = 0; at < 16; at += 4)
      CHECK(std::ranges::count(order.substr(at, 4), 'h') == 3);
    CHECK(order.substr(16) == "llllllll");
  });
}

TEST_CASE("a queue that was idle gets its share from now on, and nothing for the past") {
  test::run_virtual([]() -> Task<> {
    Slots slots(1);
    Slots::Share busy(slots, 0, 1);
    Slots::Share idle(slots, 0, 1);
    std::string order;
    co_await async::task_group([&](TaskGroup& group) -> Task<> {
      spawn(group, 10, busy, order, 'b');
      co_await async::sleep(5500ms);
      spawn(group, 4, idle, order, 'i');
    });
    CHECK(order ==
          "bbbbbb"
          "ibibibib");
  });
}

TEST_CASE("a new weight counts from the next slot on") {
  test::run_virtual([]() -> Task<> {
    Slots slots(1);
    Slots::Share one(slots, 0, 1);
    Slots::Share other(slots, 0, 1);
    other.configure(1, 1);
    CHECK(co_await turns(slots, one, [&](TaskGroup& group, std::string& order) {
            spawn(group, 2, one, order, 'a');
            spawn(group, 2, other, order, 'b');
          }) == "bbaa");
  });
}

TEST_CASE("more slots go to those that wait, at once") {
  test::run_virtual([]() -> Task<> {
    Slots slots(1);
    Slots::Share share(slots, 0, 1);
    std::string order;
    co_await async::task_group([&](TaskGroup& group) -> Task<> {
      spawn(group, 4, share, order, 'a');
      co_await async::sleep(1ms);
      CHECK(order.size() == 1);
      slots.resize(3);
      co_await async::sleep(1ms);
      CHECK(order.size() == 3);
      CHECK(slots.taken() == 3);
    });
  });
}

TEST_CASE("fewer slots take hold as they are given back") {
  test::run_virtual([]() -> Task<> {
    Slots slots(3);
    Slots::Share share(slots, 0, 1);
    std::string order;
    co_await async::task_group([&](TaskGroup& group) -> Task<> {
      spawn(group, 4, share, order, 'a');
      co_await async::sleep(1ms);
      slots.resize(1);
      CHECK(slots.taken() == 3);
      CHECK_FALSE(share.try_acquire());
      co_await async::sleep(1s);
      CHECK(slots.taken() == 1);  // the fourth
    });
    CHECK(order.size() == 4);
    CHECK(share.try_acquire());
  });
}

TEST_CASE("a waiter that is cancelled takes no slot, and those behind it wait no longer") {
  test::run_shuffled([](std::uint64_t) -> Task<> {
    Slots slots(1);
    Slots::Share share(slots, 0, 1);
    std::string order;
    co_await async::task_group([&](TaskGroup& group) -> Task<> {
      std::optional<Slots::Permit> held(share.try_acquire());
      co_await async::task_group([&](TaskGroup& given_up) -> Task<> {
        given_up.spawn(work(share, order, 'x'));
        co_await async::sleep(1ms);
        group.spawn(work(share, order, 'a'));
        co_await async::sleep(1ms);
        given_up.cancel();
      });
      held.reset();
    });
    CHECK(order == "a");
    CHECK(slots.taken() == 0);
  });
}

TEST_CASE("a slot that is granted is delivered, also to who is cancelled in the same tick") {
  test::run_shuffled([](std::uint64_t) -> Task<> {
    Slots slots(1);
    Slots::Share share(slots, 0, 1);
    std::string order;
    co_await async::task_group([&](TaskGroup& group) -> Task<> {
      std::optional<Slots::Permit> held(share.try_acquire());
      group.spawn(work(share, order, 'a'));
      co_await async::sleep(1ms);
      held.reset();
      group.cancel();
    });
    CHECK(order == "a");
    CHECK(slots.taken() == 0);
    CHECK(share.try_acquire());
  });
}

TEST_CASE("who takes the first slot of a daemon that was idle is told of") {
  int told = 0;
  Slots slots(2, [&] { ++told; });
  Slots::Share share(slots, 0, 1);
  {
    const Slots::Permit first = share.try_acquire();
    const Slots::Permit second = share.try_acquire();
    CHECK(told == 1);
  }
  const Slots::Permit again = share.try_acquire();
  CHECK(told == 2);
}

}  // namespace
}  // namespace penstock::job
