// At most ten requests in flight, and at most twenty a second.
#include <algorithm>
#include <iostream>

#include "penstock/async/rate_limiter.hpp"
#include "penstock/async/semaphore.hpp"
#include "penstock/async/sleep.hpp"
#include "penstock/async/task_group.hpp"

namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

class Client {
 public:
  Task<> fetch(Duration takes) {
    const auto permit = co_await in_flight_.acquire();
    co_await limiter_.acquire();
    most_ = std::max(most_, ++now_);
    co_await sleep(takes);  // the request
    --now_;
  }
  int most_at_once() const { return most_; }

 private:
  Semaphore in_flight_{10};
  RateLimiter limiter_{{.tokens = 20, .per = 1s}, 1};
  int now_ = 0;
  int most_ = 0;
};

Task<> fetch_hundred(Duration takes) {
  Client client;
  const TimePoint start = Loop::current().now();
  co_await task_group([&](TaskGroup& group) -> Task<> {
    for (int i = 0; i < 100; ++i) group.spawn(client.fetch(takes));
    co_return;
  });
  std::cout << "100 of " << takes / 1ms << " ms: " << (Loop::current().now() - start) / 1ms
            << " ms, at most " << client.most_at_once() << " at once\n";
}

Task<> example() {
  co_await fetch_hundred(100ms);  // the rate is what counts: 99 / 20 s, and the last one
  co_await fetch_hundred(1s);     // the number in flight is: ten waves of a second
}

}  // namespace

int main() {
  Loop loop({.virtual_time = true});
  loop.run(example());
}

// Prints:
// 100 of 100 ms: 5050 ms, at most 2 at once
// 100 of 1000 ms: 10450 ms, at most 10 at once
