#include "penstock/async/loop_thread.hpp"

#include <sys/resource.h>

#include <atomic>
#include <latch>
#include <string>

#include "penstock/async/gather.hpp"
#include "penstock/async/timeout.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

/// Notes that it runs, then waits to be cancelled.
Task<> until_cancelled(std::latch& running, std::atomic<Ended>& ended) {
  running.count_down();
  try {
    co_await forever();
  } catch (const Cancelled&) {
    ended = Ended::kCancelled;
    throw;
  }
}

TEST_CASE("a task runs on the other loop, in the other thread, and its value comes back") {
  run_virtual([]() -> Task<> {
    LoopThread other;
    Loop* loop = nullptr;
    std::thread::id thread;
    const auto where = [&](int number) -> Task<int> {
      co_await yield_now();
      loop = &Loop::current();
      thread = std::this_thread::get_id();
      co_return number + 1;
    };
    CHECK(co_await run_in(other, where, 6) == 7);
    CHECK(loop != &Loop::current());
    CHECK(thread != std::this_thread::get_id());
  });
}

TEST_CASE("an error of a task on another loop is thrown where it is awaited") {
  run_virtual([]() -> Task<> {
    LoopThread other;
    std::string what;
    try {
      co_await run_in(other, error_after, 1ms, std::string("boom"));
    } catch (const std::runtime_error& error) {
      what = error.what();
    }
    CHECK(what == "boom");
  });
}

TEST_CASE("what only moves goes to another loop and comes back") {
  const int before = Tracked::live();
  run_virtual([]() -> Task<> {
    LoopThread other;
    const auto pass = [](Tracked tracked) -> Task<Tracked> { co_return std::move(tracked); };
    const Tracked back = co_await run_in(other, pass, Tracked(7));
    CHECK(back.number() == 7);
  });
  CHECK(Tracked::live() == before);
}

/// Says on which thread it died.
struct DiesOn {
  std::atomic<std::thread::id>* died_on;
  explicit DiesOn(std::atomic<std::thread::id>& where) : died_on(&where) {}
  DiesOn(DiesOn&& other) noexcept : died_on(std::exchange(other.died_on, nullptr)) {}
  DiesOn& operator=(DiesOn&&) = delete;
  ~DiesOn() {
    if (died_on != nullptr) *died_on = std::this_thread::get_id();
  }
};

TEST_CASE("arguments die on the other loop, before the caller goes on") {
  run_virtual([]() -> Task<> {
    LoopThread other;
    std::atomic<std::thread::id> died_on;
    const auto use = [](DiesOn) -> Task<std::thread::id> { co_return std::this_thread::get_id(); };
    const std::thread::id there = co_await run_in(other, use, DiesOn(died_on));
    CHECK(died_on.load() == there);
  });
}

TEST_CASE("a cancellation is passed to the other loop, and waited for") {
  run_virtual([]() -> Task<> {
    LoopThread other;
    std::latch running(1);
    std::atomic<Ended> there = Ended::kNot;
    Ended here = Ended::kNot;
    TaskGroup group;
    auto call = group.spawn(
        observe(run_in(other, until_cancelled, std::ref(running), std::ref(there)), here));
    co_await yield_now();
    running.wait();
    call.cancel();
    co_await group.join();
    CHECK(there.load() == Ended::kCancelled);
    CHECK(here == Ended::kCancelled);
  });
}

TEST_CASE("a call in a cancelled scope never reaches the other loop") {
  run_virtual([]() -> Task<> {
    LoopThread other;
    std::atomic<bool> ran = false;
    const auto note = [&]() -> Task<> {
      ran = true;
      co_return;
    };
    {
      CancelScope scope;
      scope.cancel();
      CHECK(co_await swallow(run_in(other, note)) == Ended::kCancelled);
    }
    co_await run_in(other, []() -> Task<> { co_return; });
    CHECK_FALSE(ran);
  });
}

TEST_CASE("a call that is cancelled at once ends once, whether or not it has begun there") {
  run_virtual([]() -> Task<> {
    LoopThread other;
    for (int i = 0; i < 100; ++i) {
      Ended ended = Ended::kNot;
      TaskGroup group;
      auto call = group.spawn(observe(run_in(other, value_after<int>, 0s, 1), ended));
      co_await yield_now();
      for (int spin = 0; spin < i * 20; ++spin) co_await yield_now();
      call.cancel();
      co_await group.join();
      CHECK((ended == Ended::kValue || ended == Ended::kCancelled));
    }
  });
}

TEST_CASE("a value that the other side returns though it is cancelled is delivered") {
  run_virtual([]() -> Task<> {
    LoopThread other;
    std::latch running(1);
    std::atomic<Ended> ignored = Ended::kNot;
    int value = 0;
    Ended next = Ended::kNot;
    const auto stubborn = [&]() -> Task<int> {
      co_await swallow(until_cancelled(running, ignored));
      co_return 7;
    };
    TaskGroup group;
    auto call = group.spawn([&]() -> Task<> {
      value = co_await run_in(other, stubborn);
      co_await observe(forever(), next);
    });
    co_await yield_now();
    running.wait();
    call.cancel();
    co_await group.join();
    CHECK(value == 7);
    CHECK(next == Ended::kCancelled);
  });
}

TEST_CASE("a deadline here cancels there") {
  run_real([]() -> Task<> {
    LoopThread other;
    CHECK(co_await swallow(with_timeout(1ms, run_in(other, forever))) == Ended::kError);
  });
}

TEST_CASE("many calls to several loops run side by side") {
  run_virtual([]() -> Task<> {
    LoopThread first;
    LoopThread second;
    std::vector<Task<int>> calls;
    for (int i = 0; i < 200; ++i)
      calls.push_back(run_in(i % 2 == 0 ? first : second, value_after<int>, 0s, i));
    const std::vector<int> values = co_await gather(std::move(calls));
    for (int i = 0; i < 200; ++i) CHECK(values[static_cast<std::size_t>(i)] == i);
  });
}

TEST_CASE("a task on another loop may call back to this one's thread pool of loops") {
  run_virtual([]() -> Task<> {
    LoopThread outer;
    LoopThread inner;
    const auto nested = [&]() -> Task<int> {
      co_return co_await run_in(inner, value_after<int>, 0s, 5);
    };
    CHECK(co_await run_in(outer, nested) == 5);
  });
}

TEST_CASE("a loop thread that cannot be made is an error") {
  rlimit usual{};
  getrlimit(RLIMIT_NOFILE, &usual);
  const rlimit none{.rlim_cur = 3, .rlim_max = usual.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  CHECK_THROWS_AS(LoopThread(), std::system_error);
  setrlimit(RLIMIT_NOFILE, &usual);
}

}  // namespace
}  // namespace penstock::test
