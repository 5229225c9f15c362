// What Lock and the writers of RWLock are made of: all permits of a semaphore, held by one task
// that is known.
//
// A task that waits for what it holds itself would wait for ever, and whoever waits behind it too.
// It dies at once instead, saying where it took the lock and where it asks for it again.
#pragma once

#include <source_location>
#include <utility>

#include "penstock/async/semaphore.hpp"
#include "penstock/async/task_state.hpp"

namespace penstock::async::detail {

/// Who holds a lock, and since which line. Null while nobody does, and from the hand-off to a
/// waiter until that runs.
class Holder {
 public:
  void set(const std::source_location& where) noexcept {
    task_ = current_task();
    where_ = where;
  }
  void clear() noexcept { task_ = nullptr; }
  bool is_this_task() const noexcept { return task_ != nullptr && task_ == current_task(); }

  /// Dies, explaining, if the running task is the holder. `lock` is what the message calls it.
  void refuse_itself(const char* lock, const std::source_location& where) const noexcept {
    if (is_this_task()) die(lock, where);
  }

 private:
  [[noreturn]] void die(const char* lock, const std::source_location& where) const noexcept;

  TaskState* task_ = nullptr;
  std::source_location where_;
};

/// The permits, and the holder's name beside the lock. Gives both back once, wherever it was moved.
class [[nodiscard]] Exclusive {
 public:
  Exclusive() = default;
  Exclusive(Holder& holder, Semaphore::Permit permits, const std::source_location& where) noexcept
      : holder_(&holder), permits_(std::move(permits)) {
    if (permits_) holder_->set(where);
  }
  Exclusive(Exclusive&& other) noexcept = default;
  Exclusive& operator=(Exclusive&& other) noexcept {
    std::swap(holder_, other.holder_);
    std::swap(permits_, other.permits_);
    return *this;
  }
  ~Exclusive() { release(); }

  /// Hands the lock to the next in line. Idempotent.
  void release() noexcept {
    if (!permits_) return;
    holder_->clear();
    permits_.release();
  }
  explicit operator bool() const noexcept { return static_cast<bool>(permits_); }
  bool holds(const Holder& holder) const noexcept { return permits_ && holder_ == &holder; }

 private:
  Holder* holder_ = nullptr;
  Semaphore::Permit permits_;
};

/// A request for all `count` permits of `semaphore`.
struct [[nodiscard]] AcquireExclusive {
  class Awaiter;
  Awaiter operator co_await() const noexcept;

  const char* lock;  // what messages call it
  Semaphore& semaphore;
  std::size_t count;
  Holder& holder;
  std::source_location where;
};

class AcquireExclusive::Awaiter {
 public:
  explicit Awaiter(const AcquireExclusive& request) noexcept
      : request_(request), permits_(request.semaphore.acquire(request.count).operator co_await()) {}
  bool await_ready() noexcept {
    request_.holder.refuse_itself(request_.lock, request_.where);
    return permits_.await_ready();
  }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    permits_.await_suspend(handle);
  }
  Exclusive await_resume() { return {request_.holder, permits_.await_resume(), request_.where}; }

 private:
  const AcquireExclusive request_;
  decltype(std::declval<Semaphore::Acquire>().operator co_await()) permits_;
};

inline AcquireExclusive::Awaiter AcquireExclusive::operator co_await() const noexcept {
  return Awaiter(*this);
}

}  // namespace penstock::async::detail
