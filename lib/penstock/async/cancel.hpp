// Cancellation by level-triggered scopes, as in Trio and AnyIO.
//
// A scope covers a stretch of one task and everything spawned into groups opened inside it. Once
// cancelled it stays so: every suspension inside it throws Cancelled, until the scope ends. An
// operation that has its result delivers the result first; the cancellation then meets the task's
// next suspension. So an item that was taken off a queue, or a permit that was granted, is never
// lost to a cancel.
//
// Deliberately absent: std::stop_token (atomics and an allocation for a single-threaded need) and
// edge-triggered cancellation (swallowed once, lost for ever).
#pragma once

#include "penstock/async/intrusive_list.hpp"
#include "penstock/async/timer_heap.hpp"

namespace penstock::async {

/// Thrown at a suspension point inside a cancelled scope. Not a std::exception, so that handlers of
/// errors let it pass; `catch (...)` must rethrow or store it.
struct Cancelled {};

class TaskState;

class CancelScope : public ListHook<DefaultTag>, private Timer {
 public:
  enum class Shield : bool { kNo, kYes };

  /// Opens a scope in the running task; it is the innermost until it dies. A shielded scope is not
  /// cancelled from outside, and the deadlines outside of it do not count: clean-up that must await
  /// runs in one. Order: scopes of a task end in reverse; anything else dies loudly.
  explicit CancelScope(Shield shield = Shield::kNo);
  ~CancelScope() override;

  /// Cancels everything inside. Idempotent. Nothing runs inside this call: waiters are put on the
  /// ready queue.
  void cancel() noexcept;

  /// Cancels at `due`, on the loop's clock; a time that has passed cancels when the loop next looks
  /// at its timers, not at once. An earlier deadline of this scope stays in force.
  void cancel_at(TimePoint due);

  bool cancel_requested() const noexcept { return requested_; }
  /// True when it was the scope's own deadline that cancelled it, and not an earlier cancel().
  bool expired() const noexcept { return expired_; }
  /// True when suspensions inside throw: this scope or an enclosing one, not shielded off, is
  /// cancelled.
  bool pending() const noexcept { return pending_; }
  /// True when the scope around this one is cancelled: a Cancelled that passes through belongs to
  /// it.
  bool pending_outside() const noexcept { return parent_ != nullptr && parent_->pending_; }

  /// The earliest deadline of this scope and those around it (up to a shield); TimePoint::max() if
  /// none.
  TimePoint deadline() const noexcept;

 private:
  friend class TaskState;
  /// The scope of a task itself, inside the scope that it was spawned in.
  CancelScope(TaskState& task, CancelScope* parent);

  /// The task of the scope around this one; null outside of all.
  const TaskState* enclosing_task() const noexcept {
    return parent_ == nullptr ? nullptr : &parent_->task_;
  }

  void attach();
  void detach() noexcept;
  void propagate() noexcept;
  void on_timer() noexcept override;

  TaskState& task_;
  CancelScope* parent_;
  IntrusiveList<CancelScope> inner_;
  TimePoint deadline_ = TimePoint::max();
  const bool shielded_ = false;
  const bool of_task_ = false;
  bool requested_ = false;
  bool pending_ = false;
  bool expired_ = false;
};

/// The earliest deadline around the running code; TimePoint::max() if none. Clients below bound
/// their own waits by it.
TimePoint current_deadline() noexcept;

}  // namespace penstock::async
