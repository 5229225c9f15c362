// RetryBudget: keeps the retries of many callers from becoming the load that keeps a server down.
//
// All who call one server share a budget. A failure costs a token, a success earns a tenth of one,
// and nobody retries unless more than half of the tokens are there. So while a server is well every
// failure may be retried, and while it is not, retries add next to nothing (the token bucket of
// gRPC's proposal A6, client retries). First attempts are never refused.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstdint>

namespace penstock::async {

class RetryBudget {
 public:
  /// Starts full. `earned_percent` of a token is what a success earns. REQUIRES: tokens > 0.
  explicit RetryBudget(std::uint32_t tokens = 100, std::uint32_t earned_percent = 10) noexcept
      : full_(kToken * tokens), earned_(earned_percent), level_(full_) {
    assert(tokens > 0);
  }

  void success() noexcept { level_ = std::min(full_, level_ + earned_); }
  void failure() noexcept { level_ -= std::min(level_, kToken); }
  bool allows_retry() const noexcept { return level_ > full_ / 2; }

  /// Tokens that are left, from 0 to what it began with.
  double tokens() const noexcept { return static_cast<double>(level_) / kToken; }

 private:
  static constexpr std::uint64_t kToken = 100;  // counted in hundredths, so that nothing is rounded

  std::uint64_t full_;
  std::uint64_t earned_;
  std::uint64_t level_;
};

}  // namespace penstock::async
