// Results in the order they come, with progress; leaving early cancels the rest.
#include <iostream>
#include <string>

#include "penstock/async/as_completed.hpp"
#include "penstock/async/sleep.hpp"

namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

Task<std::string> fetch(std::string url, Duration delay) {
  co_await sleep(delay);
  if (url == "/broken") throw std::runtime_error("404");
  co_return "body of " + url;
}

Task<> fetch_with_progress(std::vector<Task<std::string>> fetches, std::size_t enough) {
  const std::size_t total = fetches.size();
  co_await task_group([&](TaskGroup& group) -> Task<> {
    auto done = as_completed(group, std::move(fetches));
    for (std::size_t count = 1; count <= enough; ++count) {
      const auto item = co_await done.next();
      std::cout << count << '/' << total << ": number " << item->index << ' '
                << (item->result ? *item->result : "failed") << '\n';
    }
  });  // what is not wanted any more is cancelled, and has ended here
}

Task<> example() {
  std::vector<Task<std::string>> fetches;
  fetches.push_back(fetch("/slow", 300ms));
  fetches.push_back(fetch("/quick", 100ms));
  fetches.push_back(fetch("/broken", 200ms));
  fetches.push_back(fetch("/endless", 24h));
  const TimePoint start = Loop::current().now();
  co_await fetch_with_progress(std::move(fetches), 3);
  std::cout << "after " << (Loop::current().now() - start) / 1ms << " ms\n";
}

}  // namespace

int main() {
  Loop loop({.virtual_time = true});
  loop.run(example());
}

// Prints:
// 1/4: number 1 body of /quick
// 2/4: number 2 failed
// 3/4: number 0 body of /slow
// after 300 ms
