// Bounding how long something may take, and keeping clean-up from being cancelled.
//
// with_timeout cancels what it bounds and waits until that has really ended: nothing runs on behind
// the caller's back. If the work finished in the meantime its value is returned, not discarded.
#pragma once

#include <stdexcept>

#include "penstock/async/loop.hpp"

namespace penstock::async {

/// The time allowed by with_timeout or with_deadline was not enough.
class Timeout : public std::runtime_error {
 public:
  Timeout() : std::runtime_error("timed out") {}
};

/// Awaits `work` until `due`. Errors: Timeout when that passes first, or what `work` throws. Nested
/// deadlines: the smaller wins, and the exception comes from the one that passed; when both have,
/// from the outer. Cancellation: passed on to `work`, and waited for.
template <class Awaitable>
Task<await_result_t<Awaitable>> with_deadline(TimePoint due, Awaitable work) {
  CancelScope scope;
  scope.cancel_at(due);
  try {
    co_return co_await std::move(work);
  } catch (const Cancelled&) {
    if (!scope.expired() || scope.pending_outside()) throw;
  }
  throw Timeout();
}

/// The same, counted from the time of the turn in which it is called, not from the await.
template <class Awaitable>
Task<await_result_t<Awaitable>> with_timeout(Duration duration, Awaitable work) {
  return with_deadline(later(Loop::current().now(), duration), std::move(work));
}

/// Awaits `work` out of reach of cancellation and deadlines from outside. Bound it with a timeout
/// of its own. Cancellation: meets the caller at its next suspension; what `work` returned is
/// there.
template <class Awaitable>
Task<await_result_t<Awaitable>> shield(Awaitable work) {
  const CancelScope scope(CancelScope::Shield::kYes);
  co_return co_await std::move(work);
}

}  // namespace penstock::async
