#include "penstock/async/condition.hpp"

namespace penstock::async {

Task<> Condition::wait(Lock::Guard& guard, std::source_location where) {
  assert(lock_.held_by(guard) && "a condition is waited for with the guard of its own lock");
  guard.release();
  bool cancelled = false;
  try {
    co_await Notified(*this);
  } catch (const Cancelled&) {
    cancelled = true;
  }
  {
    const CancelScope uninterrupted(CancelScope::Shield::kYes);
    guard = co_await lock_.acquire(where);
  }
  if (cancelled) throw Cancelled{};
}

void Condition::notify(std::size_t count) noexcept {
  assert(lock_.held_by_this_task() && "a condition is notified by the task that holds its lock");
  for (; count > 0 && !waiters_.empty(); --count) waiters_.pop_front().wake();
}

}  // namespace penstock::async
