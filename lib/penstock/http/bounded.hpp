// A time limit of the client's own, as an error that names the request.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "penstock/async/loop.hpp"
#include "penstock/http/error.hpp"

namespace penstock::http {

/// Awaits `work` for at most `limit`. Errors: TimeoutError, or what `work` throws. A deadline
/// around the caller is the caller's. Cancellation: passed on to `work`, and waited for.
template <class T>
async::Task<T> bounded(async::Duration limit, std::string label, async::Task<T> work) {
  async::CancelScope scope;
  scope.cancel_at(async::later(async::Loop::current().now(), limit));
  try {
    co_return co_await std::move(work);
  } catch (const async::Cancelled&) {
    if (!scope.expired() || scope.pending_outside()) throw;
  }
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(limit);
  throw TimeoutError(label + ": not done in " + std::to_string(waited.count()) + " ms", true);
}

}  // namespace penstock::http
