// A group of tasks: none outlives the block, and a failing one takes the others with it.
#include <iostream>
#include <stdexcept>
#include <string>

#include "penstock/async/sleep.hpp"
#include "penstock/async/task_group.hpp"

namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

Task<> process(int item) {
  try {
    co_await sleep(100ms * item);
    if (item == 2) throw std::runtime_error("item 2 is broken");
    std::cout << "item " << item << " is done\n";
  } catch (const Cancelled&) {
    std::cout << "item " << item << " is cancelled\n";
    throw;  // always: a Cancelled is passed on
  }
}

Task<> example() {
  try {
    co_await task_group([](TaskGroup& group) -> Task<> {
      for (int item = 1; item <= 4; ++item) group.spawn(process(item));
      co_return;
    });  // waits here until each of them has ended
  } catch (const std::runtime_error& error) {
    std::cout << "failed: " << error.what() << '\n';
  }
}

}  // namespace

int main() {
  Loop loop({.virtual_time = true});
  loop.run(example());
}

// Prints:
// item 1 is done
// item 3 is cancelled
// item 4 is cancelled
// failed: item 2 is broken
