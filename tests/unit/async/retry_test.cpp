#include "penstock/async/retry.hpp"

#include "penstock/async/task_group.hpp"
#include "penstock/async/timeout.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

/// A source of "random" numbers that gives its smallest first, or its largest, and then the next:
/// one that stood still would be rejected for ever.
struct Extreme {
  using result_type = std::uint64_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }
  bool largest;
  result_type calls = 0;
  result_type operator()() {
    const result_type call = calls++;
    return largest ? max() - call : call;
  }
};

struct Busy : std::runtime_error, RetryAfter {
  explicit Busy(Duration delay) : std::runtime_error("busy"), RetryAfter(delay) {}
};

/// An operation that fails so often before it succeeds, and counts its calls.
struct Flaky {
  int failures;
  int calls = 0;
  Task<int> operator()() {
    if (++calls <= failures) throw std::runtime_error("call " + std::to_string(calls));
    co_return calls;
  }
};

TEST_CASE("backoff doubles up to its maximum") {
  const Backoff backoff{.base = 100ms, .max = 1s};
  CHECK(backoff.ceiling(0) == 100ms);
  CHECK(backoff.ceiling(1) == 200ms);
  CHECK(backoff.ceiling(3) == 800ms);
  CHECK(backoff.ceiling(4) == 1s);
}

TEST_CASE("backoff does not overflow, however many attempts and however long its maximum") {
  const Backoff endless{.base = 1s, .max = Duration::max()};
  for (const unsigned attempt : {34U, 62U, 63U, 64U, 1000U, ~0U}) {
    CHECK(endless.ceiling(attempt) == Duration::max());
    CHECK(Backoff{}.ceiling(attempt) == 5s);
  }
  CHECK(endless.ceiling(33) > endless.ceiling(32));
  CHECK(Backoff{.base = 0ms}.ceiling(1000) == 0ms);
}

TEST_CASE("a backoff waits a random time between nothing and its ceiling, both reached") {
  const Backoff backoff{.base = 100ms, .max = 5s};
  Extreme least{.largest = false};
  Extreme most{.largest = true};
  CHECK(backoff.wait(2, least) == 0ms);
  CHECK(backoff.wait(2, most) == 400ms);
  std::mt19937_64 random(7);
  for (unsigned n = 0; n < 1000; ++n) {
    const Duration wait = backoff.wait(n % 10, random);
    CHECK((wait >= 0ms && wait <= backoff.ceiling(n % 10)));
  }
}

TEST_CASE("full jitter spreads the waits evenly") {
  const Backoff backoff{.base = 1s, .max = 1s};
  std::mt19937_64 random(7);
  Duration sum{};
  for (int i = 0; i < 1000; ++i) sum += backoff.wait(0, random);
  CHECK(sum / 1000 > 450ms);
  CHECK(sum / 1000 < 550ms);
}

TEST_CASE("an operation that succeeds is called once and not waited for") {
  run_virtual([]() -> Task<> {
    std::mt19937_64 random(7);
    Flaky flaky{.failures = 0};
    const int calls = co_await retry(RetryPolicy{}, std::ref(flaky), random);
    CHECK(calls == 1);
  });
}

TEST_CASE("a failing operation is called again after each backoff, until it succeeds") {
  run_virtual([]() -> Task<> {
    Extreme most{.largest = true};
    const TimePoint start = Loop::current().now();
    const RetryPolicy policy{.attempts = 5, .backoff = {.base = 1s, .max = 1min}, .retryable = {}};
    const int calls = co_await retry(policy, Flaky{.failures = 3}, most);
    CHECK(calls == 4);
    CHECK(Loop::current().now() - start == 1s + 2s + 4s);
  });
}

TEST_CASE("the last error is thrown when the attempts are used up") {
  run_virtual([]() -> Task<> {
    std::mt19937_64 random(7);
    Flaky flaky{.failures = 100};
    std::string what;
    try {
      co_await retry(RetryPolicy{}, std::ref(flaky), random);
    } catch (const std::runtime_error& error) {
      what = error.what();
    }
    CHECK(what == "call 3");
    CHECK(flaky.calls == 3);
  });
}

TEST_CASE("an error that is not retryable is thrown at once") {
  run_virtual([]() -> Task<> {
    std::mt19937_64 random(7);
    Flaky flaky{.failures = 100};
    RetryPolicy policy;
    policy.retryable = [](const std::exception& error) {
      return std::string(error.what()) != "call 2";
    };
    const Ended ended = co_await swallow(retry(policy, std::ref(flaky), random));
    CHECK(ended == Ended::kError);
    CHECK(flaky.calls == 2);
  });
}

TEST_CASE("an error that says how long to wait is waited for at least so long") {
  run_virtual([]() -> Task<> {
    Extreme least{.largest = false};
    const TimePoint start = Loop::current().now();
    int calls = 0;
    const auto busy_once = [&]() -> Task<> {
      if (++calls == 1) throw Busy(30s);
      co_return;
    };
    co_await retry(RetryPolicy{}, busy_once, least);
    CHECK(calls == 2);
    CHECK(Loop::current().now() - start == 30s);
  });
}

TEST_CASE("a wait that would outlast the deadline is not begun: the error is thrown") {
  run_virtual([]() -> Task<> {
    Extreme most{.largest = true};
    const TimePoint start = Loop::current().now();
    Flaky flaky{.failures = 100};
    const RetryPolicy policy{.attempts = 9, .backoff = {.base = 2s, .max = 1min}, .retryable = {}};
    std::string what;
    try {
      co_await with_timeout(5s, retry(policy, std::ref(flaky), most));
    } catch (const std::runtime_error& error) {
      what = error.what();
    }
    CHECK(what == "call 2");
    CHECK(Loop::current().now() - start == 2s);
  });
}

TEST_CASE("a cancelled operation is not retried") {
  run_virtual([]() -> Task<> {
    std::mt19937_64 random(7);
    int calls = 0;
    const auto hang = [&]() -> Task<> {
      ++calls;
      co_await forever();
    };
    Ended ended = Ended::kNot;
    TaskGroup group;
    group.spawn(observe(retry(RetryPolicy{}, hang, random), ended));
    co_await yield_now();
    group.cancel();
    co_await group.join();
    CHECK(ended == Ended::kCancelled);
    CHECK(calls == 1);
  });
}

TEST_CASE("cancelled in a backoff, an operation is not called again") {
  run_virtual([]() -> Task<> {
    Extreme most{.largest = true};
    Flaky flaky{.failures = 100};
    Ended ended = Ended::kNot;
    TaskGroup group;
    group.spawn(observe(retry(RetryPolicy{}, std::ref(flaky), most), ended));
    co_await yield_now();
    group.cancel();
    co_await group.join();
    CHECK(ended == Ended::kCancelled);
    CHECK(flaky.calls == 1);
  });
}

TEST_CASE("what is thrown and is no std::exception is not retried") {
  run_virtual([]() -> Task<> {
    std::mt19937_64 random(7);
    int calls = 0;
    const auto throws_number = [&]() -> Task<> {
      if (++calls > 0) throw 7;
      co_return;
    };
    const Ended ended = co_await swallow(retry(RetryPolicy{}, throws_number, random));
    CHECK(ended == Ended::kError);
    CHECK(calls == 1);
  });
}

}  // namespace
}  // namespace penstock::test
