// Clean-up that awaits: it runs however the body ends, and cannot hang.
#include <iostream>
#include <string>

#include "penstock/async/sleep.hpp"
#include "penstock/async/try_finally.hpp"

namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

class Connection {
 public:
  Task<std::string> ask(Duration takes) {
    co_await sleep(takes);
    co_return "answer";
  }
  Task<> close() {
    co_await sleep(50ms);  // says goodbye, although its user has been cancelled
    std::cout << "closed\n";
  }
};

Task<Connection> connect() {
  co_await sleep(10ms);
  co_return Connection();
}

Task<> example() {
  const std::string answer = co_await with(
      co_await connect(), [](Connection& connection) { return connection.ask(100ms); }, 1s);
  std::cout << answer << '\n';

  Connection connection;
  const auto body = [&] { return connection.ask(24h); };
  const auto clean_up = [&] { return connection.close(); };
  try {
    co_await with_timeout(1s, try_finally(body, clean_up, 1s));
  } catch (const Timeout& error) {
    std::cout << error.what() << '\n';
  }
}

}  // namespace

int main() {
  Loop loop({.virtual_time = true});
  loop.run(example());
}

// Prints:
// closed
// answer
// closed
// timed out
