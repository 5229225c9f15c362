// Trying again: with growing waits, only what deserves it, and within a budget.
#include <iostream>
#include <random>
#include <stdexcept>

#include "penstock/async/retry.hpp"

namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

struct Unavailable : std::runtime_error {
  Unavailable() : std::runtime_error("unavailable") {}
};

/// Fails `failures` times, then answers.
struct Server {
  int failures;
  int calls = 0;
  Task<int> ask() {
    co_await yield_now();
    if (++calls <= failures) throw Unavailable();
    co_return 42;
  }
};

Task<> example() {
  std::mt19937_64 random(1);  // seeded, so that this runs the same way each time
  RetryBudget budget(10);     // one for all who call this server
  const RetryPolicy policy{.attempts = 5,
                           .backoff = {.base = 100ms, .max = 5s},
                           .retryable =
                               [](const std::exception& error) {
                                 return dynamic_cast<const Unavailable*>(&error) != nullptr;
                               },
                           .budget = &budget};

  Server shaky{.failures = 2};
  const int answer = co_await retry(policy, [&] { return shaky.ask(); }, random);
  std::cout << answer << " at call " << shaky.calls << '\n';

  Server down{.failures = 1000};
  for (int caller = 1; caller <= 3; ++caller) {
    try {
      co_await retry(policy, [&] { return down.ask(); }, random);
    } catch (const Unavailable& error) {
      std::cout << error.what() << ", " << down.calls << " calls so far\n";
    }
  }
}

}  // namespace

int main() {
  Loop loop({.virtual_time = true});
  loop.run(example());
}

// Prints:
// 42 at call 3
// unavailable, 4 calls so far
// unavailable, 5 calls so far
// unavailable, 6 calls so far
