#include <memory>
#include <string>

#include "penstock/async/event.hpp"
#include "penstock/async/queue.hpp"
#include "penstock/async/semaphore.hpp"
#include "penstock/async/task_group.hpp"
#include "support/async_death.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using Catch::Matchers::Contains;

TEST_CASE("a task that is awaited twice ends the program, which says who and where") {
  const std::string words = last_words([] {
    run_virtual([]() -> Task<> {
      Task<> once = []() -> Task<> { co_await yield_now(); }();
      co_await std::move(once);
      co_await std::move(once);
    });
  });
  CHECK_THAT(words, Contains("a task is awaited twice, by main in ") &&
                        Contains("misuse_test.cpp:") && Contains("it stands in "));
}

TEST_CASE("what is destroyed while a task waits in it ends the program, which names the task") {
  const auto destroyed = [](auto make, auto wait) {
    return last_words([&] {
      run_virtual([&]() -> Task<> {
        TaskGroup group;
        auto primitive = make();
        group.spawn(wait(*primitive), "waiter");
        co_await yield_now();
        primitive.reset();
      });
    });
  };
  const auto event = destroyed([] { return std::make_unique<Event>(); },
                               [](Event& waited) -> Task<> { co_await waited.wait(); });
  const auto semaphore =
      destroyed([] { return std::make_unique<Semaphore>(0U); },
                [](Semaphore& waited) -> Task<> { const auto permit = co_await waited.acquire(); });
  const auto queue = destroyed([] { return std::make_unique<Queue<int>>(1U); },
                               [](Queue<int>& waited) -> Task<> { co_await waited.get(); });
  CHECK_THAT(event, Contains("an event is destroyed while tasks wait for it:\nwaiter: waits for"));
  CHECK_THAT(semaphore, Contains("a semaphore is destroyed") && Contains("waiter: waits for"));
  CHECK_THAT(queue, Contains("a queue is destroyed") && Contains("waiter: waits for an item"));
}

}  // namespace
}  // namespace penstock::test
