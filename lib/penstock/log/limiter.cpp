#include "penstock/log/limiter.hpp"

#include <vector>

#include "penstock/log/log.hpp"

namespace penstock::log {

std::optional<std::uint64_t> Limiter::admit() noexcept {
  const async::Duration::rep now = now_().time_since_epoch().count();
  async::Duration::rep next = next_.load(std::memory_order_relaxed);
  const bool due = next == 0 || now >= next;
  if (!due || !next_.compare_exchange_strong(next, now + period_.count())) {
    suppressed_.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  return suppressed_.exchange(0, std::memory_order_relaxed);
}

void Limiter::write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (!enabled(level)) return;
  const std::optional<std::uint64_t> suppressed = admit();
  if (!suppressed) return;
  std::vector<Field> all(fields);
  if (*suppressed > 0) all.push_back({"suppressed", *suppressed});
  log::write(level, message, std::span<const Field>(all));
}

}  // namespace penstock::log
