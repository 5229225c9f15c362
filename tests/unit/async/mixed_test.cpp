// Tasks that do at random whatever can be done with the primitives, all at once, under timeouts and
// cancellations, in an order that is shuffled: afterwards everything that was given out is back.
// SEEDS in the environment says how many such programs are run.
#include <array>
#include <cstdlib>
#include <random>
#include <vector>

#include "penstock/async/as_completed.hpp"
#include "penstock/async/async_generator.hpp"
#include "penstock/async/barrier.hpp"
#include "penstock/async/condition.hpp"
#include "penstock/async/lifo_queue.hpp"
#include "penstock/async/priority_queue.hpp"
#include "penstock/async/rate_limiter.hpp"
#include "penstock/async/rw_lock.hpp"
#include "penstock/async/sleep.hpp"
#include "penstock/async/try_finally.hpp"
#include "support/async_run.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

std::uint64_t seeds() {
  const char* const wanted = std::getenv("SEEDS");
  return wanted == nullptr ? 300 : std::strtoull(wanted, nullptr, 10);
}

/// Is inside for as long as it lives.
class Inside {
 public:
  explicit Inside(std::size_t& count, std::size_t by = 1) noexcept : count_(count), by_(by) {
    count_ += by_;
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside() { count_ -= by_; }

 private:
  std::size_t& count_;
  std::size_t by_;
};

/// Lends connections: a condition under a lock, as a pool would be written by hand.
class Pool {
 public:
  template <class Use>
  Task<> with_connection(Use use) {
    const int connection = co_await take();
    co_await try_finally(use, [this, connection] { return give_back(connection); }, 1h);
  }

  /// None is missing, none is there twice.
  bool complete() {
    std::ranges::sort(idle_);
    return idle_ == std::vector<int>{1, 2} && !lock_.locked();
  }

 private:
  Task<int> take() {
    auto guard = co_await lock_.acquire();
    co_await returned_.wait(guard, [this] { return !idle_.empty(); });
    const int connection = idle_.back();
    idle_.pop_back();
    co_return connection;
  }

  Task<> give_back(int connection) {
    const auto guard = co_await lock_.acquire();
    co_await yield_now();
    idle_.push_back(connection);
    returned_.notify_one();
  }

  Lock lock_;
  Condition returned_{lock_};
  std::vector<int> idle_{1, 2};
};

/// A queue, and what became of each item that was put.
template <class IntQueue>
struct Ledger {
  Task<> put() {
    const auto item = static_cast<int>(accepted.size());
    accepted.push_back(false);
    received.push_back(0);
    co_await queue.put(item);
    accepted[static_cast<std::size_t>(item)] = true;
  }
  Task<> get() {
    const auto item = co_await queue.get();
    ++received[static_cast<std::size_t>(*item)];
    queue.task_done();
  }
  bool balanced() {
    while (const auto item = queue.try_get()) ++received[static_cast<std::size_t>(*item)];
    return std::ranges::equal(accepted, received,
                              [](bool put, int got) { return got == (put ? 1 : 0); });
  }

  IntQueue queue{2};
  std::vector<bool> accepted;
  std::vector<int> received;
};

class Program {
 public:
  explicit Program(std::uint64_t seed) : random_(seed) {}

  Task<> run() {
    const TimePoint start = Loop::current().now();
    co_await task_group([&](TaskGroup& group) -> Task<> {
      std::vector<JoinHandle<void>> actors;
      for (int i = 0; i < 8; ++i) actors.push_back(group.spawn(act()));
      for (JoinHandle<void>& actor : actors) {
        co_await sleep(some_time());
        if (random_() % 3 == 0) actor.cancel();
      }
    });
    check_all_returned(Loop::current().now() - start);
  }

 private:
  Duration some_time() { return std::chrono::milliseconds(random_() % 4); }
  std::size_t some() { return 1 + random_() % 3; }

  Task<> act() {
    for (int step = 0; step < 12; ++step) {
      try {
        co_await with_timeout(some_time() + some_time(), do_something());
      } catch (const Timeout&) {
      }
    }
  }

  Task<> do_something() {
    switch (random_() % 13) {
      case 0:
        return use_permits(some());
      case 1:
        return use_lock();
      case 2:
        return read();
      case 3:
        return write();
      case 4:
        return fifo_.put();
      case 5:
        return fifo_.get();
      case 6:
        return random_() % 2 == 0 ? lifo_.put() : lifo_.get();
      case 7:
        return random_() % 2 == 0 ? by_priority_.put() : by_priority_.get();
      case 8:
        return pool_.with_connection([this] { return use_connection(); });
      case 9:
        return meet();
      case 10:
        return spend_tokens(static_cast<std::uint32_t>(some()));
      case 11:
        return draw_from_generator();
      default:
        return take_first_of_three();
    }
  }

  Task<> use_permits(std::size_t count) {
    const auto permit = co_await permits_.acquire(count);
    const Inside inside(permits_out_, count);
    CHECK(permits_out_ <= 3);
    co_await sleep(some_time());
  }

  Task<> use_lock() {
    const auto guard = co_await lock_.acquire();
    const Inside inside(lockers_);
    CHECK(lockers_ == 1);
    co_await sleep(some_time());
  }

  Task<> read() {
    const auto guard = co_await rw_lock_.read();
    const Inside inside(readers_);
    CHECK(writers_ == 0);
    co_await sleep(some_time());
  }

  Task<> write() {
    const auto guard = co_await rw_lock_.write();
    const Inside inside(writers_);
    CHECK(writers_ == 1);
    CHECK(readers_ == 0);
    co_await sleep(some_time());
  }

  Task<> use_connection() {
    const Inside inside(connections_out_);
    CHECK(connections_out_ <= 2);
    co_await sleep(some_time());
  }

  Task<> meet() { ++met_[co_await barrier_.wait()]; }

  Task<> spend_tokens(std::uint32_t count) {
    co_await limiter_.acquire(count);
    tokens_ += count;
  }

  /// Holds a permit at its co_yields.
  AsyncGenerator<int> generate() {
    const auto permit = co_await permits_.acquire();
    const Inside inside(permits_out_);
    CHECK(permits_out_ <= 3);
    for (int i = 0; i < 5; ++i) {
      co_await sleep(some_time());
      co_yield i;
    }
  }

  Task<> draw_from_generator() {
    auto generator = generate();
    for (std::size_t left = some(); left > 0; --left) co_await generator.next();
  }

  Task<> take_first_of_three() {
    co_await task_group([this](TaskGroup& group) -> Task<> {
      std::vector<Task<>> tasks;
      for (int i = 0; i < 3; ++i) tasks.push_back(use_permits(1));
      auto done = as_completed(group, std::move(tasks));
      const auto first = co_await done.next();
      CHECK(first.has_value());
    });
  }

  void check_all_returned(Duration elapsed) {
    CHECK(permits_out_ == 0);
    CHECK(permits_.available() == 3);
    CHECK_FALSE(lock_.locked());
    CHECK_FALSE(rw_lock_.locked());
    CHECK(fifo_.balanced());
    CHECK(lifo_.balanced());
    CHECK(by_priority_.balanced());
    CHECK(pool_.complete());
    CHECK(barrier_.waiting() == 0);
    CHECK(met_[0] == met_[1]);
    CHECK(tokens_ <= 3 + static_cast<std::uint64_t>(elapsed / 1ms));
  }

  std::mt19937_64 random_;
  Semaphore permits_{3};
  Lock lock_;
  RWLock rw_lock_;
  Ledger<Queue<int>> fifo_;
  Ledger<LifoQueue<int>> lifo_;
  Ledger<PriorityQueue<int>> by_priority_;
  Pool pool_;
  Barrier barrier_{2};
  RateLimiter limiter_{{.tokens = 1, .per = 1ms}, 3};
  std::size_t permits_out_ = 0;
  std::size_t lockers_ = 0;
  std::size_t readers_ = 0;
  std::size_t writers_ = 0;
  std::size_t connections_out_ = 0;
  std::array<std::uint64_t, 2> met_{};
  std::uint64_t tokens_ = 0;
};

TEST_CASE("whatever is given out is given back, in any order, under timeouts and cancellations") {
  run_shuffled(
      [](std::uint64_t seed) -> Task<> {
        Program program(seed);
        co_await program.run();
      },
      seeds());
}

}  // namespace
}  // namespace penstock::test
