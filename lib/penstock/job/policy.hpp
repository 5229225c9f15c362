// What a queue promises its jobs: how often and when to try again, what to keep of the dead and of
// results. Plain values as the configuration has them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace penstock::job {

enum class Backoff : std::uint8_t { kFixed, kExponential, kPolynomial, kList };

/// When a failed job is tried again. With n the attempts used before the one that failed, so 0
/// after a job's first attempt:
///
///     fixed        base
///     exponential  base · 2^n
///     polynomial   base + n^4 seconds    (15 s, 16 s, 31 s, 96 s … ten days in all by default)
///     list         delays[n], the last one again when they run out
///
/// no more than `max` ever, then spread by `jitter`.
struct RetryPolicy {
  std::uint32_t attempts = 25;  // in all, the first included
  Backoff backoff = Backoff::kPolynomial;
  std::chrono::milliseconds base = std::chrono::seconds(15);
  std::chrono::milliseconds max = std::chrono::days(1);
  double jitter = 0.2;  // 0 to 1
  std::vector<std::chrono::milliseconds> delays = {};

  /// Whether an attempt that fails now was the last one. `limit` is the job's own, if it has one.
  bool is_last(std::uint32_t attempts_used, std::optional<std::uint32_t> limit = {}) const {
    return attempts_used + 1 >= limit.value_or(attempts);
  }

  /// The delay without jitter. Never overflows, never negative.
  std::chrono::milliseconds curve(std::uint32_t attempts_used) const;

  /// The delay, spread evenly over curve · (1 ± jitter) but not past `max`, and never earlier than
  /// `not_before` (a Retry-After). `random` is from [0, 1).
  std::chrono::milliseconds delay(std::uint32_t attempts_used, double random,
                                  std::chrono::milliseconds not_before = {}) const;

  /// The longest that a job may take from its first attempt to the end of its last: each attempt
  /// its `timeout`, each pause as long as it can be. A hundred years at most.
  std::chrono::milliseconds horizon(std::chrono::milliseconds timeout) const;

  /// `not_before`, spread over up to `jitter` more: a crowd that was told one time does not come
  /// back in step. A year is believed, more is not.
  std::chrono::milliseconds spread(std::chrono::milliseconds not_before, double random) const;
};

/// How much the dead set keeps; the oldest go first.
struct DeadPolicy {
  std::size_t max = 10'000;
  std::chrono::seconds age = std::chrono::days(180);
  std::uint64_t bytes = std::uint64_t{256} << 20;
};

struct ResultPolicy {
  std::chrono::milliseconds ttl = std::chrono::hours(1);
  std::size_t max = std::size_t{64} << 10;
};

}  // namespace penstock::job
