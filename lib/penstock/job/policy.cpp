#include "penstock/job/policy.hpp"

#include <algorithm>
#include <cmath>

namespace penstock::job {
namespace {

using std::chrono::milliseconds;

// The most that a Retry-After is believed: longer is a mistake on the other side.
constexpr milliseconds kLongestWait = std::chrono::days(366);

constexpr milliseconds kLongestHorizon = std::chrono::days(36'525);

double count(milliseconds time) {
  return static_cast<double>(time.count());
}

/// Back to a duration, clamped: a curve soon outgrows 64 bits.
milliseconds clamp(double ms, milliseconds most) {
  if (!(ms > 0)) return milliseconds::zero();
  return ms < count(most) ? milliseconds(std::llround(ms)) : most;
}

}  // namespace

milliseconds RetryPolicy::curve(std::uint32_t attempts_used) const {
  const double n = attempts_used;
  switch (backoff) {
    case Backoff::kFixed:
      return std::min(base, max);
    case Backoff::kExponential:
      return clamp(count(base) * std::exp2(n), max);
    case Backoff::kPolynomial:
      return clamp(count(base) + 1000 * n * n * n * n, max);
    case Backoff::kList:
      if (delays.empty()) return std::min(base, max);
      return std::min(delays[std::min<std::size_t>(attempts_used, delays.size() - 1)], max);
  }
  return max;
}

milliseconds RetryPolicy::delay(std::uint32_t attempts_used, double random,
                                milliseconds not_before) const {
  const double middle = count(curve(attempts_used));
  const double earliest = middle * (1 - jitter);
  const double latest = std::min(middle * (1 + jitter), count(max));
  const milliseconds own = clamp(earliest + (latest - earliest) * random, max);
  return own >= not_before ? own : spread(not_before, random);
}

milliseconds RetryPolicy::horizon(milliseconds timeout) const {
  double sum = count(timeout) * attempts;
  for (std::uint32_t n = 0; n + 1 < attempts && sum < count(kLongestHorizon); ++n)
    sum += std::min(count(curve(n)) * (1 + jitter), count(max));
  return clamp(sum, kLongestHorizon);
}

milliseconds RetryPolicy::spread(milliseconds not_before, double random) const {
  const milliseconds asked = std::min(not_before, kLongestWait);
  return asked + clamp(count(asked) * jitter * random, asked);
}

}  // namespace penstock::job
