// Several tasks at once: all or nothing, or each for itself.
#include <iostream>
#include <stdexcept>
#include <string>

#include "penstock/async/gather.hpp"
#include "penstock/async/sleep.hpp"

namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

Task<std::string> fetch_user(int id) {
  co_await sleep(100ms * id);
  if (id % 2 == 0) throw std::runtime_error("no user " + std::to_string(id));
  co_return "user" + std::to_string(id);
}

std::vector<Task<std::string>> fetches() {
  std::vector<Task<std::string>> tasks;
  for (int id = 1; id <= 4; ++id) tasks.push_back(fetch_user(id));
  return tasks;
}

std::string why(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    return exception.what();
  }
}

/// The first error cancels the others, and is thrown once they have ended.
Task<> all_or_nothing() {
  const TimePoint start = Loop::current().now();
  try {
    const std::vector<std::string> names = co_await gather(fetches());
    std::cout << names.size() << " users\n";
  } catch (const std::runtime_error& error) {
    std::cout << error.what() << " after " << (Loop::current().now() - start) / 1ms << " ms\n";
  }
}

/// Each result is a value or an error: std::expected<std::string, std::exception_ptr>.
Task<> each_for_itself() {
  for (const Settled<std::string>& name : co_await gather_settled(fetches())) {
    std::cout << (name ? *name : why(name.error())) << '\n';
  }
}

Task<> example() {
  const auto [seven, nine] = co_await gather(fetch_user(7), fetch_user(9));
  std::cout << seven << ' ' << nine << '\n';
  co_await all_or_nothing();
  co_await each_for_itself();
}

}  // namespace

int main() {
  Loop loop({.virtual_time = true});
  loop.run(example());
}

// Prints:
// user7 user9
// no user 2 after 200 ms
// user1
// no user 2
// user3
// no user 4
