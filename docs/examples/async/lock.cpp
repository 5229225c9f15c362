// A counter that many tasks change, with a wait between reading and writing.
#include <iostream>

#include "penstock/async/lock.hpp"
#include "penstock/async/sleep.hpp"
#include "penstock/async/task_group.hpp"

namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

class Counter {
 public:
  Task<> increment_unlocked() {
    const int read = value_;
    co_await sleep(1ms);  // others run here, and read the same value
    value_ = read + 1;
  }

  Task<> increment() {
    const auto guard = co_await lock_.acquire();
    co_await increment_unlocked();
  }

  int value() const { return value_; }

 private:
  Lock lock_;
  int value_ = 0;
};

Task<> example() {
  Counter unlocked;
  Counter locked;
  co_await task_group([&](TaskGroup& group) -> Task<> {
    for (int i = 0; i < 100; ++i) {
      group.spawn(unlocked.increment_unlocked());
      group.spawn(locked.increment());
    }
    co_return;
  });
  std::cout << "without a lock " << unlocked.value() << ", with one " << locked.value() << '\n';
}

}  // namespace

int main() {
  Loop loop({.virtual_time = true});
  loop.run(example());
}

// Prints:
// without a lock 1, with one 100
