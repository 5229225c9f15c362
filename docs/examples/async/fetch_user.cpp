// A coroutine that awaits, and the loop that runs it.
#include <iostream>
#include <string>

#include "penstock/async/sleep.hpp"

namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

struct User {
  int id;
  std::string name;
};

Task<User> fetch_user(int id) {
  co_await sleep(100ms);  // the network
  co_return User{id, "user" + std::to_string(id)};
}

Task<> example() {
  const TimePoint start = Loop::current().now();
  const User user = co_await fetch_user(7);
  std::cout << user.name << " after " << (Loop::current().now() - start) / 1ms << " ms\n";
}

}  // namespace

int main() {
  Loop loop({.virtual_time = true});  // the clock jumps to the next timer, so that no test waits
  loop.run(example());
}

// Prints:
// user7 after 100 ms
