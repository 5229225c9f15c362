// A leaf operation in flight: what a task is suspended on. It lives in the awaiting frame.
//
//             await_ready()        wake()                loop
//   created ───────────────► suspended ──► ready queue ──────► resumed: await_resume()
//      │                         │ cancel: on_cancel() unlinks, then wake_cancelled()
//      └─ scope already cancelled: nothing starts, await_resume() throws
//
// Nothing resumes a waiter inline: wake() puts it on its loop's ready queue, so other tasks run
// only at `co_await`. Between wake() and its resumption a waiter is out of reach of cancellation:
// the result it was woken with is delivered.
#pragma once

#include <cassert>
#include <coroutine>
#include <string>
#include <string_view>

#include "penstock/async/cancel.hpp"
#include "penstock/async/intrusive_list.hpp"

namespace penstock::async {

class Loop;
struct PromiseBase;

/// Base of every awaiter that suspends. A derived class gives
///
///   bool await_ready()      starts with `if (cancelled_on_entry()) return true;`, then says
///   whether
///                           it can complete at once;
///   void await_suspend(h)   calls suspend(h) and links itself where someone will wake it; whatever
///                           can throw comes before suspend(h);
///   T await_resume()        starts with `throw_if_cancelled()`, then gives its result;
///   void on_cancel()        unlinks, then wake_cancelled(): now, or when the operation has really
///                           ended. Called at most once, and only while suspended;
///   waits_for()             what for, in a few words, for dumps.
class Waiter : public ListHook<DefaultTag> {
 public:
  Waiter() = default;

  /// Puts the task back on the ready queue. Once per suspension, on the loop's thread.
  void wake() noexcept;

  virtual std::string_view waits_for() const noexcept { return "something"; }
  /// The task that is suspended on it, as a dump shows it.
  std::string describe_task() const;

 protected:
  ~Waiter() { assert(task_ == nullptr && "a waiter is destroyed in flight"); }

  bool cancelled_on_entry() noexcept;
  void throw_if_cancelled() const {
    if (cancelled_) throw Cancelled{};
  }
  void wake_cancelled() noexcept;
  bool suspended() const noexcept { return task_ != nullptr && !woken_; }

  template <class Promise>
  void suspend(std::coroutine_handle<Promise> handle) noexcept {
    suspend(handle, handle.promise());
  }

  virtual void on_cancel() noexcept = 0;

 private:
  friend class Loop;
  friend class TaskState;
  friend class CancelScope;

  void suspend(std::coroutine_handle<> handle, PromiseBase& frame) noexcept;

  Waiter* next_ready_ = nullptr;
  std::coroutine_handle<> handle_;
  TaskState* task_ = nullptr;  // from suspend() until the loop resumes the task
  PromiseBase* frame_ = nullptr;
  bool cancelled_ = false;
  bool woken_ = false;
};

namespace detail {

/// Ends the process, saying that `what` is destroyed while `tasks` wait in it.
[[noreturn, gnu::cold]] void destroyed_in_use(std::string_view what, const std::string& tasks);

/// For destructors of what tasks wait in: dies loudly, naming them, if there are any.
template <class T>
void destroy_unawaited(std::string_view what, IntrusiveList<T>& waiters) {
  if (waiters.empty()) return;
  std::string tasks;
  waiters.for_each([&](const T& waiter) { tasks += waiter.describe_task(); });
  destroyed_in_use(what, tasks);
}

}  // namespace detail

}  // namespace penstock::async
