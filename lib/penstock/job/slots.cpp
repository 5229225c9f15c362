#include "penstock/job/slots.hpp"

#include <algorithm>
#include <cassert>

namespace penstock::job {

void Slots::resize(std::size_t total) noexcept {
  total_ = total;
  free_ = total > taken_ ? total - taken_ : 0;
  grant();
}

bool Slots::try_take() noexcept {
  if (free_ == 0) return false;
  --free_;
  if (++taken_ == 1 && on_busy_) on_busy_();
  return true;
}

void Slots::give_back() noexcept {
  assert(taken_ > 0);
  --taken_;
  if (taken_ + free_ < total_) ++free_;
  grant();
}

void Slots::grant() noexcept {
  while (free_ > 0) {
    Share* share = next_share();
    if (share == nullptr) return;
    try_take();
    Awaiter& first = share->waiters_.pop_front();
    virtual_time_ = share->virtual_time_;
    share->virtual_time_ += share->stride_;
    first.permit_ = Permit(*this);
    first.wake();
  }
}

Slots::Share* Slots::next_share() noexcept {
  Share* best = nullptr;
  for (Share* share : shares_) {
    if (share->waiters_.empty()) continue;
    const bool better =
        best == nullptr || share->priority_ > best->priority_ ||
        (share->priority_ == best->priority_ && share->virtual_time_ < best->virtual_time_);
    if (better) best = share;
  }
  return best;
}

Slots::Share::Share(Slots& slots, int priority, int weight)
    : slots_(slots),
      priority_(priority),
      stride_(1.0 / weight),
      virtual_time_(slots.virtual_time_) {
  slots_.shares_.push_back(this);
}

Slots::Share::~Share() {
  assert(waiters_.empty() && "a queue gives up its slots only when no worker waits for one");
  std::erase(slots_.shares_, this);
}

void Slots::Share::configure(int priority, int weight) noexcept {
  priority_ = priority;
  stride_ = 1.0 / weight;
}

}  // namespace penstock::job
