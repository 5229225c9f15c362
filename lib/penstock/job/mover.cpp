#include "penstock/job/mover.hpp"

#include <algorithm>

#include "penstock/async/sleep.hpp"
#include "penstock/async/timeout.hpp"
#include "penstock/job/store_retry.hpp"

namespace penstock::job {
namespace {

using namespace std::chrono_literals;

constexpr auto kPoll = 1s;

// The sets of a busy queue change all the time, and each change is told: look at most so often.
constexpr auto kBetweenLooks = 100ms;

}  // namespace

void Mover::filed(std::chrono::milliseconds delay) noexcept {
  const async::TimePoint due = async::later(async::Loop::current().now(), delay);
  if (due >= next_due_) return;
  next_due_ = due;
  changed_.set();
}

async::Task<> Mover::run() {
  StoreRetry patience(store_.client());
  for (;;) {
    co_await patience.until_done([this] { return move_due(); });
    co_await wait();
  }
}

async::Task<> Mover::move_due() {
  Promoted promoted;
  do {
    changed_.clear();
    promoted = co_await store_.promote();
  } while (promoted.moved > 0 && promoted.next_due && *promoted.next_due <= 0ms);
  next_due_ = promoted.next_due
                  ? async::later(async::Loop::current().now(), std::max(*promoted.next_due, 0ms))
                  : async::TimePoint::max();
}

async::Task<> Mover::wait() {
  const async::TimePoint soonest = async::Loop::current().now() + kBetweenLooks;
  for (;;) {
    const async::TimePoint poll =
        polling_ ? async::Loop::current().now() + kPoll : async::TimePoint::max();
    try {
      co_await async::with_deadline(std::min(next_due_, poll), changed_.wait());
    } catch (const async::Timeout&) {
      co_return;
    }
    changed_.clear();
    const async::TimePoint wake = std::min(soonest, next_due_);
    if (wake > async::Loop::current().now()) co_await async::sleep_until(wake);
    if (async::Loop::current().now() >= std::min(soonest, next_due_)) co_return;
  }
}

}  // namespace penstock::job
