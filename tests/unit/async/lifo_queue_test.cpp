#include "penstock/async/lifo_queue.hpp"

#include "penstock/async/task_group.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;

TEST_CASE("the item that was put last leaves a LIFO queue first") {
  LifoQueue<int> queue(3);
  for (const int item : {1, 2, 3}) CHECK(queue.try_put(int{item}));
  CHECK(queue.try_get() == 3);
  CHECK(queue.try_put(4));
  for (const int item : {4, 2, 1}) CHECK(queue.try_get() == item);
  CHECK(queue.empty());
}

TEST_CASE("those who wait to put into a LIFO queue are let in first come, first served") {
  run_virtual([]() -> Task<> {
    LifoQueue<int> queue(1);
    CHECK(queue.try_put(1));
    TaskGroup group;
    for (const int item : {2, 3}) {
      group.spawn([&queue, item]() -> Task<> { co_await queue.put(item); });
    }
    co_await yield_now();
    for (const int item : {1, 2, 3}) CHECK(queue.try_get() == item);
    co_await group.join();
  });
}

TEST_CASE("a closed LIFO queue is drained in its order") {
  run_virtual([]() -> Task<> {
    LifoQueue<int> queue(3);
    for (const int item : {1, 2, 3}) co_await queue.put(item);
    queue.close();
    std::string got;
    while (const auto item = co_await queue.get()) got += std::to_string(*item);
    CHECK(got == "321");
  });
}

}  // namespace
}  // namespace penstock::test
