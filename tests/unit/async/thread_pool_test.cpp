#include "penstock/async/thread_pool.hpp"

#include <pthread.h>

#include <atomic>
#include <latch>
#include <string>
#include <system_error>

#include "penstock/async/gather.hpp"
#include "penstock/async/timeout.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

const ContextVar<std::string> user;

/// A thread kept busy until released.
class Busy {
 public:
  auto work() {
    return [this] {
      started_.count_down();
      released_.wait();
      return 7;
    };
  }
  void wait_until_started() { started_.wait(); }
  void release() { released_.count_down(); }

 private:
  std::latch started_{1};
  std::latch released_{1};
};

TEST_CASE("work on a thread gives its value, made on another thread") {
  run_real([]() -> Task<> {
    ThreadPool pool(1);
    const auto id = co_await to_thread(pool, [] { return std::this_thread::get_id(); });
    CHECK(id != std::this_thread::get_id());
  });
}

TEST_CASE("an error on a thread is thrown where it is awaited") {
  run_real([]() -> Task<> {
    ThreadPool pool(1);
    std::string what;
    try {
      co_await to_thread(pool, [] { throw std::runtime_error("boom"); });
    } catch (const std::runtime_error& error) {
      what = error.what();
    }
    CHECK(what == "boom");
  });
}

TEST_CASE("what only moves goes to a thread and comes back") {
  const int before = Tracked::live();
  run_real([]() -> Task<> {
    ThreadPool pool(1);
    auto work = [tracked = Tracked(7)]() mutable { return std::move(tracked); };
    const Tracked back = co_await to_thread(pool, std::move(work));
    CHECK(back.number() == 7);
  });
  CHECK(Tracked::live() == before);
}

TEST_CASE("a pool runs no more at once than it has threads, and all in the end") {
  run_real([]() -> Task<> {
    ThreadPool pool(2);
    std::atomic<int> inside = 0;
    std::atomic<int> most = 0;
    const auto crowd = [&] {
      const int now = ++inside;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
      }
      std::this_thread::yield();
      --inside;
    };
    std::vector<Task<>> tasks;
    auto one = [&]() -> Task<> { co_await to_thread(pool, crowd); };
    for (int i = 0; i < 200; ++i) tasks.push_back(one());
    co_await gather(std::move(tasks));
    CHECK(most <= 2);
    CHECK(inside == 0);
  });
}

TEST_CASE("two threads work at the same time") {
  run_real([]() -> Task<> {
    ThreadPool pool(2);
    std::latch both(2);
    auto meet = [&]() -> Task<> { co_await to_thread(pool, [&] { both.arrive_and_wait(); }); };
    co_await gather(meet(), meet());
  });
}

TEST_CASE("work that is cancelled before it starts is withdrawn at once and never runs") {
  run_real([]() -> Task<> {
    ThreadPool pool(1);
    Busy busy;
    bool ran = false;
    Ended ended = Ended::kNot;
    auto occupy = [&]() -> Task<> { co_await to_thread(pool, busy.work()); };
    auto second = [&]() -> Task<> { co_await to_thread(pool, [&] { ran = true; }); };
    TaskGroup group;
    group.spawn(occupy());
    JoinHandle<void> queued = group.spawn(observe(second(), ended));
    co_await yield_now();
    busy.wait_until_started();
    queued.cancel();
    co_await swallow(queued.join());
    CHECK(ended == Ended::kCancelled);
    busy.release();
    co_await group.join();
    CHECK_FALSE(ran);
  });
}

TEST_CASE("work that is cancelled while it runs is waited for, and its value delivered") {
  run_real([]() -> Task<> {
    ThreadPool pool(1);
    Busy busy;
    int value = 0;
    Ended next = Ended::kNot;
    TaskGroup group;
    auto child = group.spawn([&]() -> Task<> {
      value = co_await to_thread(pool, busy.work());
      co_await observe(forever(), next);
    });
    co_await yield_now();
    busy.wait_until_started();
    child.cancel();
    co_await yield_now();
    CHECK(value == 0);
    busy.release();
    co_await group.join();
    CHECK(value == 7);
    CHECK(next == Ended::kCancelled);
  });
}

TEST_CASE("work in a cancelled scope is never given to a thread") {
  run_real([]() -> Task<> {
    ThreadPool pool(1);
    bool ran = false;
    auto work = [&]() -> Task<> { co_await to_thread(pool, [&] { ran = true; }); };
    {
      CancelScope scope;
      scope.cancel();
      const Ended ended = co_await swallow(work());
      CHECK(ended == Ended::kCancelled);
    }
    co_await to_thread(pool, [] {});
    CHECK_FALSE(ran);
  });
}

TEST_CASE("a loop of virtual time waits for a thread, and its clock stands meanwhile") {
  run_virtual([]() -> Task<> {
    ThreadPool pool(1);
    const TimePoint start = Loop::current().now();
    auto work = [&]() -> Task<int> { co_return co_await to_thread(pool, [] { return 7; }); };
    const int value = co_await with_timeout(1s, work());
    CHECK(value == 7);
    CHECK(Loop::current().now() == start);
  });
}

TEST_CASE("work on a thread sees the context of the task that waits for it") {
  run_real([]() -> Task<> {
    ThreadPool pool(1);
    const auto bound = user.set("ann");
    const auto read = [] { return *user.get(); };
    const auto rebind = [&] {
      const auto rebound = user.set("bob");
      return *user.get();
    };
    const std::string seen = co_await to_thread(pool, read);
    const std::string changed = co_await to_thread(pool, rebind);
    const std::string after = co_await to_thread(pool, read);
    CHECK(seen + changed + after == "annbobann");
  });
}

TEST_CASE("threads and tasks share a context without a race") {
  run_real([]() -> Task<> {
    ThreadPool pool(2);
    const auto bound = user.set("ann");
    auto mixed = [&]() -> Task<> {
      for (int i = 0; i < 50; ++i) {
        const auto mine = user.set("bob");
        co_await to_thread(pool, [] { const auto theirs = user.set("eve"); });
      }
    };
    co_await gather(mixed(), mixed(), mixed());
    CHECK(*user.get() == "ann");
  });
}

struct CountedJob final : ThreadPool::Job {
  std::atomic<int>* ran = nullptr;
  void run() noexcept override { ++*ran; }
};

TEST_CASE("a pool that is destroyed runs what is queued first") {
  std::atomic<int> ran = 0;
  std::array<CountedJob, 100> jobs;
  {
    ThreadPool pool(2);
    for (CountedJob& job : jobs) {
      job.ran = &ran;
      pool.submit(job);
    }
  }
  CHECK(ran == 100);
}

/// While it lives no thread can be made: the stack it asks for is larger than the address space.
class NoThreads {
 public:
  NoThreads() {
    pthread_getattr_default_np(&usual_);
    pthread_attr_t greedy;
    pthread_attr_init(&greedy);
    pthread_attr_setstacksize(&greedy, std::size_t{1} << 50U);
    pthread_setattr_default_np(&greedy);
    pthread_attr_destroy(&greedy);
  }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;
  ~NoThreads() {
    pthread_setattr_default_np(&usual_);
    pthread_attr_destroy(&usual_);
  }

 private:
  pthread_attr_t usual_{};
};

TEST_CASE("when no thread can be made the work throws, and works later") {
  run_real([]() -> Task<> {
    ThreadPool pool(1);
    auto work = [&]() -> Task<> { co_await to_thread(pool, [] {}); };
    Ended ended = Ended::kNot;
    {
      const NoThreads none;
      co_await observe(work(), ended);
    }
    CHECK(ended == Ended::kError);
    co_await work();
  });
}

TEST_CASE("when no further thread can be made the ones there are do the work") {
  run_real([]() -> Task<> {
    ThreadPool pool(2);
    Busy busy;
    auto occupy = [&]() -> Task<> { co_await to_thread(pool, busy.work()); };
    auto second = [&]() -> Task<> { co_await to_thread(pool, [] {}); };
    TaskGroup group;
    group.spawn(occupy());
    co_await yield_now();
    busy.wait_until_started();
    {
      const NoThreads none;
      group.spawn(second());
      co_await yield_now();
    }
    busy.release();
    co_await group.join();
  });
}

}  // namespace
}  // namespace penstock::test
