// Not calling a server that is ill, and finding out with one call when it is well again.
#include <iostream>
#include <stdexcept>

#include "penstock/async/circuit_breaker.hpp"
#include "penstock/async/sleep.hpp"

namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

struct Server {
  bool well = false;
  int calls = 0;
  Task<> ask() {
    ++calls;
    co_await sleep(10ms);
    if (!well) throw std::runtime_error("500");
  }
};

/// Dropped without a word, as when this is cancelled, the permit counts neither way.
Task<const char*> guarded(CircuitBreaker& breaker, Server& server) {
  auto permit = breaker.enter(Loop::current().now());
  if (!permit) co_return "refused";
  try {
    co_await server.ask();
  } catch (const std::exception&) {
    permit->failure(Loop::current().now());
    co_return "failed";
  }
  permit->success(Loop::current().now());
  co_return "answered";
}

Task<> example() {
  CircuitBreaker breaker({.failures = 3, .window = 30s, .reset = 60s, .probes = 1});
  Server server;
  for (int i = 0; i < 5; ++i) std::cout << co_await guarded(breaker, server) << ' ';
  std::cout << to_string(breaker.state()) << " after " << server.calls << " calls\n";

  co_await sleep(60s);
  server.well = true;
  std::cout << co_await guarded(breaker, server) << ' ' << to_string(breaker.state()) << '\n';
}

}  // namespace

int main() {
  Loop loop({.virtual_time = true});
  loop.run(example());
}

// Prints:
// failed failed failed refused refused open after 3 calls
// answered closed
