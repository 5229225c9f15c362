// Work that would block the loop, on a thread of a pool.
#include <iostream>
#include <numeric>
#include <thread>
#include <vector>

#include "penstock/async/gather.hpp"
#include "penstock/async/thread_pool.hpp"

namespace {

using namespace penstock::async;

/// Takes all of a core for a while.
long sum_up_to(long limit) {
  std::vector<long> numbers(static_cast<std::size_t>(limit));
  std::iota(numbers.begin(), numbers.end(), 1L);
  return std::accumulate(numbers.begin(), numbers.end(), 0L);
}

Task<long> sum_elsewhere(ThreadPool& pool, long limit) {
  co_return co_await to_thread(pool, [limit] { return sum_up_to(limit); });
}

Task<> example() {
  ThreadPool pool(2);
  const auto [small, large] =
      co_await gather(sum_elsewhere(pool, 1000), sum_elsewhere(pool, 1'000'000));
  std::cout << small << ' ' << large << '\n';

  const bool here = co_await to_thread(
      pool, [loop = std::this_thread::get_id()] { return std::this_thread::get_id() == loop; });
  std::cout << (here ? "on the loop's thread" : "on a thread of the pool") << '\n';
}

}  // namespace

int main() {
  Loop loop;
  loop.run(example());
}

// Prints:
// 500500 500000500000
// on a thread of the pool
