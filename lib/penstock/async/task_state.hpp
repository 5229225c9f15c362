// One running task: what all the coroutine frames below a spawn share. The split of task and
// coroutine is asyncio's; it gives context variables, cancellation, deadlines and stack traces
// without a word in the frames themselves.
#pragma once

#include <coroutine>
#include <exception>
#include <string>
#include <string_view>

#include "penstock/async/cancel.hpp"
#include "penstock/async/context.hpp"
#include "penstock/async/waiter.hpp"

namespace penstock::async {

struct LoopTasks;

class TaskState : public ListHook<LoopTasks> {
 public:
  /// A task of `loop`, cancelled with `parent` (null for the loop's root), seeing `context`.
  TaskState(Loop& loop, CancelScope* parent, Context context);
  TaskState(const TaskState&) = delete;
  TaskState& operator=(const TaskState&) = delete;

  Loop& loop() const noexcept { return loop_; }
  CancelScope& scope() noexcept { return scope_; }
  CancelScope& innermost_scope() noexcept { return *innermost_; }

  /// Shown in dumps. Not copied: pass a literal or something that outlives the task.
  void set_name(std::string_view name) noexcept { name_ = name; }
  std::string_view name() const noexcept { return name_; }

  /// The task in whose group it runs; null for a root.
  const TaskState* parent() const noexcept { return scope_.enclosing_task(); }
  /// When it was spawned, on the loop's clock.
  TimePoint since() const noexcept { return since_; }

  /// Where the task stands: what it does and how old it is, then one line per coroutine frame,
  /// innermost first.
  std::string describe() const;

  /// The root coroutine has run to its end; the loop destroys its frame next, outside of it.
  void root_finished() noexcept;

 protected:
  virtual ~TaskState();

  /// Puts the first step of `root` on the ready queue. A task that is cancelled before it starts
  /// never runs.
  void start(std::coroutine_handle<> root, PromiseBase& frame) noexcept;

  /// Runs outside of the task once it has ended, already out of its loop and its parent's scope.
  /// Takes the result out of the root's frame and lets go of the frame.
  virtual void on_finished() noexcept = 0;
  bool started() const noexcept { return started_; }

 private:
  friend class Loop;
  friend class Waiter;
  friend class CancelScope;

  void retire() noexcept;

  struct Starter final : Waiter {
    void on_cancel() noexcept override {}  // already on the ready queue
  };

  Loop& loop_;
  Context context_;                    // what the task began with
  detail::ContextNode* context_node_;  // innermost binding while suspended
  CancelScope scope_;
  CancelScope* innermost_;
  Waiter* leaf_ = nullptr;  // what the task is suspended on; null while it runs or is ready
  std::string_view name_ = "task";
  const TimePoint since_;
  Starter starter_;
  bool started_ = false;
};

/// The task whose code is running on this thread; null outside of tasks.
TaskState* current_task() noexcept;

/// The same, for code that only makes sense inside a task. Dies loudly outside.
TaskState& this_task() noexcept;

}  // namespace penstock::async
