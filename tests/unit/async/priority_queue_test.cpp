#include "penstock/async/priority_queue.hpp"

#include <algorithm>
#include <random>

#include "penstock/async/task_group.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;

struct Ticket {
  int priority;
  std::string name;
};

struct MoreUrgent {
  bool operator()(const Ticket& a, const Ticket& b) const { return a.priority > b.priority; }
};

TEST_CASE("the smallest item leaves a priority queue first") {
  PriorityQueue<int> queue(9);
  for (const int item : {5, 1, 4, 2, 3}) CHECK(queue.try_put(int{item}));
  for (int item = 1; item <= 5; ++item) CHECK(queue.try_get() == item);
  CHECK(queue.empty());
}

TEST_CASE("a priority queue orders by its comparison, and equals by when they were put") {
  PriorityQueue<Ticket, MoreUrgent> queue(9);
  for (const Ticket& ticket :
       {Ticket{1, "a"}, Ticket{2, "b"}, Ticket{1, "c"}, Ticket{2, "d"}, Ticket{1, "e"}}) {
    CHECK(queue.try_put(Ticket(ticket)));
  }
  std::string order;
  while (const auto ticket = queue.try_get()) order += ticket->name;
  CHECK(order == "bdace");
}

TEST_CASE("equal items keep their order however many there are, also between gets") {
  PriorityQueue<Ticket, MoreUrgent> queue(100);
  int put = 0;
  int got = 0;
  std::mt19937_64 random(7);
  while (got < 1000) {
    if (!queue.full() && random() % 2 == 0) {
      CHECK(queue.try_put({0, std::to_string(put++)}));
    } else if (const auto ticket = queue.try_get()) {
      CHECK(ticket->name == std::to_string(got++));
    }
  }
}

TEST_CASE("a comparison may have a state") {
  const auto nearest_to = [](int centre) {
    return [centre](int a, int b) { return std::abs(a - centre) < std::abs(b - centre); };
  };
  using Compare = decltype(nearest_to(0));
  PriorityQueue<int, Compare> queue(9, PriorityStore<int, Compare>(nearest_to(10)));
  for (const int item : {1, 9, 14}) CHECK(queue.try_put(int{item}));
  CHECK(queue.try_get() == 9);
  CHECK(queue.try_get() == 14);
  CHECK(queue.try_get() == 1);
}

TEST_CASE("a priority queue sorts whatever it is given") {
  std::mt19937_64 random(7);
  PriorityQueue<int> queue(500);
  std::vector<int> items;
  for (int i = 0; i < 500; ++i) items.push_back(static_cast<int>(random() % 100));
  for (const int item : items) CHECK(queue.try_put(int{item}));
  std::ranges::sort(items);
  for (const int item : items) CHECK(queue.try_get() == item);
}

TEST_CASE("a putter that waits does not compete before it is let in") {
  run_virtual([]() -> Task<> {
    PriorityQueue<int> queue(1);
    CHECK(queue.try_put(5));
    TaskGroup group;
    group.spawn([&]() -> Task<> { co_await queue.put(3); });
    group.spawn([&]() -> Task<> { co_await queue.put(1); });
    co_await yield_now();
    CHECK(queue.try_get() == 5);
    CHECK(queue.try_get() == 3);
    CHECK(queue.try_get() == 1);
    co_await group.join();
  });
}

TEST_CASE("a closed priority queue is drained in its order") {
  run_virtual([]() -> Task<> {
    PriorityQueue<int> queue(3);
    for (const int item : {2, 3, 1}) co_await queue.put(item);
    queue.close();
    std::string got;
    while (const auto item = co_await queue.get()) got += std::to_string(*item);
    CHECK(got == "123");
  });
}

}  // namespace
}  // namespace penstock::test
