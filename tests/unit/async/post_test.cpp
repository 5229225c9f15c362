#include <atomic>
#include <latch>
#include <thread>
#include <vector>

#include "penstock/async/event.hpp"
#include "penstock/async/loop.hpp"
#include "support/async_run.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;

constexpr int kThreads = 4;
constexpr int kPosts = 5000;

/// What the loop has received from several threads; touched on the loop alone.
struct Received {
  std::vector<int> last = std::vector<int>(kThreads, -1);
  int count = 0;
  bool in_order = true;
  Event all;

  void take(std::size_t thread, int number) {
    in_order = in_order && last[thread] == number - 1;
    last[thread] = number;
    if (++count == kThreads * kPosts) all.set();
  }
};

void post_all(Loop& loop, Received& received, std::size_t thread) {
  for (int i = 0; i < kPosts; ++i) {
    loop.post([&received, thread, i] { received.take(thread, i); });
  }
}

Task<> receive_from_threads() {
  Loop& loop = Loop::current();
  Received received;
  const Loop::External external(loop);
  std::vector<std::jthread> threads;
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] { post_all(loop, received, thread); });
  }
  co_await received.all.wait();
  CHECK(received.count == kThreads * kPosts);
  CHECK(received.in_order);
}

TEST_CASE("what other threads post arrives whole, each thread's in its order") {
  run_real(receive_from_threads);
}

TEST_CASE("the same on virtual time, whose clock waits for the threads") {
  run_virtual(receive_from_threads);
}

Task<int> wait_for_poster() {
  std::jthread poster;
  Loop& loop = Loop::current();
  Event come;
  const Loop::External external(loop);
  poster = std::jthread([&] { loop.post([&] { come.set(); }); });
  co_await come.wait();
  co_return 1;
}

TEST_CASE("loops on different threads run side by side") {
  std::atomic<int> sum = 0;
  {
    std::latch all_ran(4);  // descriptors are not reused before that: their reuse looks like a race
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        Loop loop;
        for (int round = 0; round < 50; ++round) sum += loop.run(wait_for_poster());
        all_ran.arrive_and_wait();
      });
    }
  }
  CHECK(sum == 200);
}

}  // namespace
}  // namespace penstock::test
