// StoreRetry: the patience of an actor whose call to Redis failed: without a connection it waits
// for the next one, with one it backs off, and it never gives up.
#pragma once

#include <random>

#include "penstock/async/retry.hpp"
#include "penstock/redis/client.hpp"

namespace penstock::job {

class StoreRetry {
 public:
  explicit StoreRetry(redis::Client& client) : client_(client) {}

  /// Awaits what `attempt()` returns, again and again, until that ends without a redis::Error.
  /// Cancellation: at once.
  template <class Attempt>
  async::Task<> until_done(Attempt attempt) {
    for (;;) {
      try {
        co_await attempt();
        succeeded();
        co_return;
      } catch (const redis::Error& error) {
        failed(error);
      }
      co_await wait();
    }
  }

  /// Notes a failure; logs one that is not a lost connection (the endpoint speaks of those), at
  /// most one line in ten seconds.
  void failed(const redis::Error& error);

  /// Waits before the next try. Cancellation: at once.
  async::Task<> wait();

  void succeeded() noexcept { failures_ = 0; }

 private:
  static constexpr async::Backoff kBackoff{.base = std::chrono::milliseconds(100),
                                           .max = std::chrono::seconds(2)};

  redis::Client& client_;
  unsigned failures_ = 0;
};

}  // namespace penstock::job
