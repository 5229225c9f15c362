#include <string>

#include "penstock/async/event.hpp"
#include "penstock/async/loop.hpp"
#include "penstock/async/queue.hpp"
#include "penstock/async/semaphore.hpp"
#include "penstock/async/task_group.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

Task<> wait_for(Event& event) {
  co_await event.wait();
}

/// The lines of a dump that name tasks, without their ages.
std::string tree(const std::string& dump) {
  std::string names;
  for (std::size_t begin = 0; begin < dump.size();) {
    const std::size_t end = dump.find('\n', begin) + 1;
    const std::string line = dump.substr(begin, end - begin);
    const std::size_t age = line.rfind(", ");
    if (line.ends_with(" old\n")) names += line.substr(0, age) + '\n';
    begin = end;
  }
  return names;
}

TEST_CASE("a dump shows tasks below those whose groups they run in") {
  run_virtual([]() -> Task<> {
    Event never;
    const auto parent = [&]() -> Task<> {
      co_await task_group([&](TaskGroup& inner) -> Task<> {
        inner.spawn(wait_for(never), "grandchild");
        co_return;
      });
    };
    TaskGroup group;
    group.spawn(parent(), "parent");
    group.spawn(wait_for(never), "sibling");
    for (int i = 0; i < 3; ++i) co_await yield_now();
    CHECK(tree(Loop::current().dump_tasks()) ==
          "main: running\n"
          "  parent: waits for an event\n"
          "    grandchild: waits for an event\n"
          "  sibling: waits for an event\n");
    never.set();
    co_await group.join();
  });
}

TEST_CASE("a dump says of each task whether it runs, is ready, waits or has not started") {
  run_virtual([]() -> Task<> {
    TaskGroup group;
    group.spawn(forever(), "waiter");
    group.spawn([]() -> Task<> { co_await yield_now(); }(), "ready");
    co_await yield_now();
    group.spawn(forever(), "newcomer");
    CHECK(tree(Loop::current().dump_tasks()) ==
          "main: running\n"
          "  waiter: waits for time to pass\n"
          "  ready: ready\n"
          "  newcomer: not started\n");
    group.cancel();
    co_await group.join();
  });
}

TEST_CASE("a dump says how old a task is, and at which co_await each of its frames stands") {
  run_virtual([]() -> Task<> {
    Event never;
    TaskGroup group;
    const auto outer = [&]() -> Task<> { co_await wait_for(never); };
    group.spawn(outer(), "waiter");
    co_await sleep(2500ms);
    const std::string dump = Loop::current().dump_tasks();
    CHECK_THAT(dump, Contains("  waiter: waits for an event, 2.500 s old\n"));
    const std::size_t inner_frame = dump.find("wait_for(");
    CHECK(inner_frame < dump.find("operator()", inner_frame));
    CHECK_THAT(dump, Contains("dump_test.cpp:"));
    never.set();
    co_await group.join();
  });
}

TEST_CASE("a dump says what a task waits for") {
  run_virtual([]() -> Task<> {
    Semaphore none(0);
    Queue<int> queue(1);
    CHECK(queue.try_put(1));
    TaskGroup group;
    group.spawn([&]() -> Task<> { const auto permit = co_await none.acquire(); });
    group.spawn([&]() -> Task<> { co_await queue.put(2); });
    co_await yield_now();
    co_await yield_now();
    CHECK_THAT(Loop::current().dump_tasks(),
               Contains("waits for a permit") && Contains("waits for room in a queue"));
    group.cancel();
    co_await group.join();
  });
}

}  // namespace
}  // namespace penstock::test
