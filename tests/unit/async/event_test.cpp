#include "penstock/async/event.hpp"

#include "penstock/async/task_group.hpp"
#include "support/async_death.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;

Task<> announce(Event& event, Journal& journal, std::string name) {
  co_await event.wait();
  journal(name);
}

TEST_CASE("an event that is set is waited for without suspending") {
  run_virtual([]() -> Task<> {
    Event event;
    event.set();
    const std::uint64_t turns = Loop::current().turns();
    co_await event.wait();
    CHECK(Loop::current().turns() == turns);
  });
}

TEST_CASE("setting an event wakes all who wait, in the order they came") {
  run_virtual([]() -> Task<> {
    Event event;
    Journal journal;
    TaskGroup group;
    for (const char* name : {"a", "b", "c"}) group.spawn(announce(event, journal, name));
    co_await yield_now();
    event.set();
    CHECK(journal.text().empty());
    co_await group.join();
    CHECK(journal.text() == "a b c");
  });
}

TEST_CASE("a cancelled waiter leaves the order of the others alone") {
  run_virtual([]() -> Task<> {
    Event event;
    Journal journal;
    TaskGroup group;
    group.spawn(announce(event, journal, "a"));
    JoinHandle<void> second = group.spawn(announce(event, journal, "b"));
    group.spawn(announce(event, journal, "c"));
    co_await yield_now();
    second.cancel();
    event.set();
    co_await group.join();
    CHECK(journal.text() == "a c");
  });
}

TEST_CASE("a waiter that was woken goes on though the event is cleared") {
  run_virtual([]() -> Task<> {
    Event event;
    Journal journal;
    TaskGroup group;
    group.spawn(announce(event, journal, "a"));
    co_await yield_now();
    event.set();
    event.clear();
    co_await group.join();
    CHECK(journal.text() == "a");
    CHECK_FALSE(event.is_set());
  });
}

TEST_CASE("an event knows whether somebody waits") {
  run_virtual([]() -> Task<> {
    Event event;
    Journal journal;
    CHECK_FALSE(event.awaited());
    TaskGroup group;
    JoinHandle<void> waiting = group.spawn(announce(event, journal, "a"));
    co_await yield_now();
    CHECK(event.awaited());
    waiting.cancel();
    CHECK_FALSE(event.awaited());
    co_await group.join();
  });
}

#ifndef NDEBUG
TEST_CASE("an event destroyed while a task waits for it dies loudly") {
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      auto event = std::make_unique<Event>();
      TaskGroup group;
      group.spawn([&]() -> Task<> { co_await event->wait(); });
      co_await yield_now();
      event.reset();
      co_await group.join();
    });
  }));
}
#endif

}  // namespace
}  // namespace penstock::test
