#include "penstock/async/timeout.hpp"

#include "penstock/async/event.hpp"
#include "penstock/async/gather.hpp"
#include "penstock/async/queue.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

TEST_CASE("work that ends in time gives its value") {
  run_virtual([]() -> Task<> {
    const int value = co_await with_timeout(2s, value_after(1s, 7));
    CHECK(value == 7);
  });
}

TEST_CASE("work that takes too long ends in Timeout, at its time") {
  run_virtual([]() -> Task<> {
    const TimePoint start = Loop::current().now();
    bool timed_out = false;
    try {
      co_await with_timeout(2s, value_after(3s, 7));
    } catch (const Timeout&) {
      timed_out = true;
    }
    CHECK(timed_out);
    CHECK(Loop::current().now() - start == 2s);
  });
}

TEST_CASE("an awaitable value can be bounded like a task") {
  run_virtual([]() -> Task<> {
    Queue<int> queue(1);
    co_await with_timeout(1s, queue.put(7));
    const auto item = co_await with_timeout(1s, queue.get());
    CHECK(item == 7);
  });
}

TEST_CASE("an error of the work passes through a timeout") {
  run_virtual([]() -> Task<> {
    std::string what;
    try {
      co_await with_timeout(2s, error_after(1s, "boom"));
    } catch (const std::runtime_error& error) {
      what = error.what();
    }
    CHECK(what == "boom");
  });
}

TEST_CASE("a timeout waits until the work has really ended") {
  run_virtual([]() -> Task<> {
    const TimePoint start = Loop::current().now();
    auto slow_to_stop = []() -> Task<> {
      co_await swallow(forever());
      co_await shield(sleep(5s));
    };
    const Ended ended = co_await swallow(with_timeout(1s, slow_to_stop()));
    CHECK(ended == Ended::kValue);
    CHECK(Loop::current().now() - start == 6s);
  });
}

TEST_CASE("an item handed over in the tick of the timeout is delivered") {
  struct Producer final : Timer {
    Queue<int> queue{1};
    void on_timer() noexcept override { queue.try_put(7); }
  };
  run_virtual([]() -> Task<> {
    Producer producer;
    const TimePoint due = Loop::current().now() + 1s;
    Loop::current().schedule(producer, due);
    CancelScope outside;
    outside.cancel_at(due);
    const auto item = co_await with_deadline(due, producer.queue.get());
    CHECK(item == 7);
    CHECK(outside.expired());
  });
}

TEST_CASE("when work and deadline fall on one moment, the deadline was set first and wins") {
  run_virtual([]() -> Task<> {
    const TimePoint due = Loop::current().now() + 1s;
    const Ended ended = co_await swallow(with_deadline(due, sleep_until(due)));
    CHECK(ended == Ended::kError);
  });
}

TEST_CASE("the inner of two timeouts passes and the outer goes on") {
  run_virtual([]() -> Task<> {
    auto inner = []() -> Task<std::string> {
      try {
        co_await with_timeout(1s, forever());
      } catch (const Timeout&) {
      }
      co_return co_await value_after(1s, std::string("went on"));
    };
    const std::string value = co_await with_timeout(3s, inner());
    CHECK(value == "went on");
  });
}

TEST_CASE("the outer of two timeouts passes as Cancelled through the inner one") {
  run_virtual([]() -> Task<> {
    Ended inside = Ended::kNot;
    const Ended outside =
        co_await swallow(with_timeout(1s, observe(with_timeout(2s, forever()), inside)));
    CHECK(inside == Ended::kCancelled);
    CHECK(outside == Ended::kError);
  });
}

TEST_CASE("when two nested timeouts pass in one tick, the outer one is thrown") {
  run_virtual([]() -> Task<> {
    Ended inside = Ended::kNot;
    const TimePoint due = Loop::current().now() + 1s;
    const Ended outside =
        co_await swallow(with_deadline(due, observe(with_deadline(due, forever()), inside)));
    CHECK(inside == Ended::kCancelled);
    CHECK(outside == Ended::kError);
  });
}

TEST_CASE("cancellation from outside is not mistaken for a timeout") {
  run_virtual([]() -> Task<> {
    Ended ended = Ended::kNot;
    TaskGroup group;
    group.spawn(observe(with_timeout(1s, forever()), ended));
    co_await yield_now();
    group.cancel();
    co_await group.join();
    CHECK(ended == Ended::kCancelled);
  });
}

TEST_CASE("a Cancelled that the work throws by itself is not mistaken for a timeout") {
  run_virtual([]() -> Task<> {
    auto stray = []() -> Task<> {
      co_await yield_now();
      throw Cancelled{};
    };
    const Ended ended = co_await swallow(with_timeout(1s, stray()));
    CHECK(ended == Ended::kCancelled);
  });
}

TEST_CASE("a timeout for ever sets no deadline") {
  run_virtual([]() -> Task<> {
    auto deadline = []() -> Task<TimePoint> { co_return current_deadline(); };
    const TimePoint none = co_await with_timeout(Duration::max(), deadline());
    CHECK(none == TimePoint::max());
  });
}

TEST_CASE("a time limit that has passed ends even a task that only yields") {
  run_virtual([]() -> Task<> {
    auto spin = []() -> Task<> {
      for (;;) co_await yield_now();
    };
    const Ended ended = co_await swallow(with_timeout(0s, spin()));
    CHECK(ended == Ended::kError);
  });
}

TEST_CASE("shielded work is finished under cancellation, and its value delivered") {
  run_virtual([]() -> Task<> {
    CancelScope scope;
    scope.cancel();
    const int value = co_await shield(value_after(1s, 7));
    CHECK(value == 7);
    const Ended next = co_await swallow(forever());
    CHECK(next == Ended::kCancelled);
  });
}

TEST_CASE("shielded work ends by a timeout of its own") {
  run_virtual([]() -> Task<> {
    CancelScope scope;
    scope.cancel();
    const TimePoint start = Loop::current().now();
    const Ended ended = co_await swallow(shield(with_timeout(2s, forever())));
    CHECK(ended == Ended::kError);
    CHECK(Loop::current().now() - start == 2s);
  });
}

TEST_CASE("a shield holds when the cancellation comes while it is waited on") {
  run_virtual([]() -> Task<> {
    int value = 0;
    TaskGroup group;
    group.spawn([&]() -> Task<> { value = co_await shield(value_after(1s, 7)); });
    co_await yield_now();
    group.cancel();
    co_await group.join();
    CHECK(value == 7);
  });
}

}  // namespace
}  // namespace penstock::test
