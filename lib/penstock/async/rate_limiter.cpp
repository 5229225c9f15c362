#include "penstock/async/rate_limiter.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace penstock::async {

RateLimiter::RateLimiter(Rate rate, std::uint32_t burst) noexcept
    : rate_(rate), full_(capacity(rate, burst)), level_(full_) {}

RateLimiter::Level RateLimiter::capacity(const Rate& rate, std::uint32_t burst) noexcept {
  assert(rate.tokens > 0 && rate.per > Duration::zero() && burst > 0);
  assert(rate.per.count() <= std::numeric_limits<Level>::max() / burst && "too much to count");
  return Level{burst} * rate.per.count();
}

RateLimiter::~RateLimiter() {
  assert(waiters_.empty() && "a rate limiter is destroyed while tasks wait for it");
}

void RateLimiter::refill() noexcept {
  const TimePoint now = Loop::current().now();
  const Level tokens{rate_.tokens};
  const Level elapsed = (now - std::exchange(as_of_, now)).count();
  const Level missing = full_ - level_;
  level_ = elapsed > missing / tokens ? full_ : level_ + elapsed * tokens;
}

bool RateLimiter::take(std::uint32_t count) noexcept {
  refill();
  if (level_ < price(count)) return false;
  level_ -= price(count);
  return true;
}

bool RateLimiter::try_acquire(std::uint32_t count) noexcept {
  assert(count <= full_ / rate_.per.count() &&
         "more tokens are asked for than the bucket can hold");
  return waiters_.empty() && take(count);
}

std::uint32_t RateLimiter::available() noexcept {
  refill();
  return static_cast<std::uint32_t>(level_ / rate_.per.count());
}

/// Serves those whom the bucket suffices for, then sets the timer for the next.
void RateLimiter::grant() noexcept {
  while (!waiters_.empty() && take(waiters_.front().count_)) waiters_.pop_front().wake();
  if (scheduled()) Loop::current().cancel(*this);
  if (!waiters_.empty()) set_timer(waiters_.front().count_);
}

void RateLimiter::set_timer(std::uint32_t count) {
  const Level missing = price(count) - level_;
  const Level tokens{rate_.tokens};
  Loop::current().schedule(*this, later(as_of_, Duration((missing - 1) / tokens + 1)));
}

}  // namespace penstock::async
