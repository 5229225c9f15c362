#include "penstock/async/retry_budget.hpp"

#include <random>

#include "penstock/async/retry.hpp"
#include "penstock/async/task_group.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;

/// An operation that always fails, and counts its calls.
struct Broken {
  int calls = 0;
  Task<int> operator()() {
    ++calls;
    co_await yield_now();
    throw std::runtime_error("boom");
  }
};

RetryPolicy with_budget(RetryBudget& budget, unsigned attempts = 3) {
  RetryPolicy policy;
  policy.attempts = attempts;
  policy.budget = &budget;
  return policy;
}

TEST_CASE("a budget allows retries while more than half of its tokens are there") {
  RetryBudget budget(4);
  CHECK(budget.allows_retry());
  budget.failure();
  CHECK(budget.tokens() == 3);
  CHECK(budget.allows_retry());
  budget.failure();
  CHECK(budget.tokens() == 2);
  CHECK_FALSE(budget.allows_retry());
}

TEST_CASE("a success earns a tenth of a token, a failure costs one, within the budget's bounds") {
  RetryBudget budget(2);
  budget.success();
  CHECK(budget.tokens() == 2);
  budget.failure();
  CHECK_FALSE(budget.allows_retry());
  budget.success();
  CHECK(budget.tokens() == 1.1);
  CHECK(budget.allows_retry());
  for (int i = 0; i < 5; ++i) budget.failure();
  CHECK(budget.tokens() == 0);
  for (int i = 0; i < 1000; ++i) budget.success();
  CHECK(budget.tokens() == 2);
}

TEST_CASE("failures in a tenth of all calls can be retried for ever, in a fifth they cannot") {
  RetryBudget budget(10);
  for (int call = 0; call < 1000; ++call) {
    if (call % 11 == 0) {
      budget.failure();
    } else {
      budget.success();
    }
  }
  CHECK(budget.allows_retry());
  for (int call = 0; call < 1000; ++call) {
    if (call % 5 == 0) {
      budget.failure();
    } else {
      budget.success();
    }
  }
  CHECK_FALSE(budget.allows_retry());
}

TEST_CASE("a used-up budget leaves each caller its first attempt, and the error of that") {
  run_virtual([]() -> Task<> {
    RetryBudget budget(8);
    std::mt19937_64 random(7);
    Broken broken;
    for (int caller = 0; caller < 10; ++caller) {
      const Ended ended = co_await swallow(retry(with_budget(budget), std::ref(broken), random));
      CHECK(ended == Ended::kError);
    }
    CHECK(broken.calls == 10 + 2);  // those of the first caller
    CHECK(budget.tokens() == 0);
  });
}

TEST_CASE("callers at the same time share a budget") {
  run_virtual([]() -> Task<> {
    RetryBudget budget(20);
    std::mt19937_64 random(7);
    Broken broken;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      for (int caller = 0; caller < 100; ++caller) {
        group.spawn([&]() -> Task<> {
          co_await swallow(retry(with_budget(budget, 10), std::ref(broken), random));
        });
      }
      co_return;
    });
    CHECK(broken.calls == 100 + 9);
  });
}

TEST_CASE("a success after a retry pays back a part of it") {
  run_virtual([]() -> Task<> {
    RetryBudget budget(10);
    std::mt19937_64 random(7);
    int calls = 0;
    const auto fails_once = [&]() -> Task<> {
      if (++calls == 1) throw std::runtime_error("boom");
      co_return;
    };
    co_await retry(with_budget(budget), fails_once, random);
    CHECK(calls == 2);
    CHECK(budget.tokens() == 9.1);
    const auto gives_value = []() -> Task<int> { co_return 7; };
    const int seven = co_await retry(with_budget(budget), gives_value, random);
    CHECK(seven == 7);
    CHECK(budget.tokens() == 9.2);
  });
}

TEST_CASE("the last attempt's failure costs a token as well") {
  run_virtual([]() -> Task<> {
    RetryBudget budget(100);
    std::mt19937_64 random(7);
    co_await swallow(retry(with_budget(budget, 3), Broken{}, random));
    CHECK(budget.tokens() == 97);
  });
}

TEST_CASE("what is not retryable says nothing of the server, and costs nothing") {
  run_virtual([]() -> Task<> {
    RetryBudget budget(10);
    std::mt19937_64 random(7);
    RetryPolicy policy = with_budget(budget);
    policy.retryable = [](const std::exception&) { return false; };
    co_await swallow(retry(policy, Broken{}, random));
    CHECK(budget.tokens() == 10);
  });
}

TEST_CASE("a cancelled attempt neither costs nor earns") {
  run_virtual([]() -> Task<> {
    RetryBudget budget(10);
    budget.failure();
    std::mt19937_64 random(7);
    Ended ended = Ended::kNot;
    TaskGroup group;
    group.spawn(observe(retry(with_budget(budget), forever, random), ended));
    co_await yield_now();
    group.cancel();
    co_await group.join();
    CHECK(ended == Ended::kCancelled);
    CHECK(budget.tokens() == 9);
  });
}

}  // namespace
}  // namespace penstock::test
