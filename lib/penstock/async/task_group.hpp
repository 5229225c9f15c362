// Structured concurrency: tasks that cannot outlive the block that started them.
//
//   co_await task_group([&](TaskGroup& group) -> Task<> {
//     for (const Url& url : urls) group.spawn(fetch(url));
//     co_return;
//   });   // here every child has ended
//
// The first error cancels the body and the other children, which are awaited; then it is thrown.
// When several fail with more than a cancellation, GroupError carries them all. A group is not left
// before it is empty.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "penstock/async/event.hpp"
#include "penstock/async/loop.hpp"

namespace penstock::async {

/// Several tasks of a group failed. errors().front() came first.
class GroupError : public std::runtime_error {
 public:
  explicit GroupError(std::vector<std::exception_ptr> errors);
  const std::vector<std::exception_ptr>& errors() const noexcept { return errors_; }

 private:
  std::vector<std::exception_ptr> errors_;
};

class TaskGroup;

namespace detail {

/// A spawned task and its result; shared by the group, while it runs, and its JoinHandle.
class ChildState : public TaskState {
 public:
  ChildState(TaskGroup& group, std::string_view name);

  void retain() noexcept { ++references_; }
  void release() noexcept {
    if (--references_ == 0) delete this;
  }
  Event& finished() noexcept { return finished_; }

 protected:
  ~ChildState() override = default;
  /// Moves the result out of the frame and destroys the frame. Returns the error, if it ended in
  /// one.
  virtual std::exception_ptr collect() noexcept = 0;

 private:
  void on_finished() noexcept final;

  TaskGroup& group_;
  Event finished_;
  int references_ = 1;
};

template <class T>
class Child final : public ChildState {
 public:
  Child(TaskGroup& group, std::string_view name, Task<T> work)
      : ChildState(group, name), handle_(work.release()) {
    handle_.promise().task = this;
    start(handle_, handle_.promise());
  }

  /// After finished(): the result, once. Throws what the task threw; Cancelled if it never ran.
  T take() {
    if (error_) std::rethrow_exception(error_);
    if constexpr (!std::is_void_v<T>) {
      assert(result_ && "a result is taken once");
      return *std::exchange(result_, std::nullopt);
    }
  }

 private:
  using Stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

  std::exception_ptr collect() noexcept override {
    try {
      if (!started()) throw Cancelled{};
      if constexpr (std::is_void_v<T>) {
        handle_.promise().take();
      } else {
        result_.emplace(handle_.promise().take());
      }
    } catch (...) {
      error_ = std::current_exception();
    }
    handle_.destroy();
    return error_;
  }

  typename Task<T>::Handle handle_;
  std::optional<Stored> result_;
  std::exception_ptr error_;
};

}  // namespace detail

/// The result of a spawned task. May be dropped: the group still waits for the task and hears of
/// its failure.
template <class T>
class JoinHandle {
 public:
  explicit JoinHandle(detail::Child<T>& child) noexcept : child_(&child) { child.retain(); }
  JoinHandle(JoinHandle&& other) noexcept : child_(std::exchange(other.child_, nullptr)) {}
  JoinHandle& operator=(JoinHandle&& other) noexcept {
    std::swap(child_, other.child_);
    return *this;
  }
  ~JoinHandle() {
    if (child_ != nullptr) child_->release();
  }

  bool finished() const noexcept { return child_->finished().is_set(); }

  /// Cancels this task alone.
  void cancel() noexcept {
    if (!finished()) child_->scope().cancel();
  }

  /// Waits for the task and returns its result, or throws what it threw: Cancelled too, when the
  /// task was cancelled. An error that is awaited when it happens does not fail the group. A value
  /// is there to be had once. Cancellation: at once; it leaves the task running.
  Task<T> join() { return join(JoinHandle(*child_)); }

  /// The result of a task that has finished; throws what it threw. A value is there once.
  T take() { return child_->take(); }

 private:
  static Task<T> join(JoinHandle handle) {
    co_await handle.child_->finished().wait();
    co_return handle.take();
  }

  detail::Child<T>* child_;
};

class TaskGroup {
 public:
  /// Opens the group's scope in the running task; see task_group() for the safe form.
  TaskGroup() = default;
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  /// Dies loudly if children are left.
  ~TaskGroup();

  /// Makes `work` a child, which starts after the tasks that are ready now: never within this call.
  /// Order: as spawned. Cancellation: cancelled before it starts, it never runs. `name` is for
  /// dumps and must outlive it.
  template <class T>
  JoinHandle<T> spawn(Task<T> work, std::string_view name = "task") {
    auto* child = new detail::Child<T>(*this, name, std::move(work));
    return JoinHandle<T>(*child);
  }

  /// The same for a function and its arguments, which are moved into the child first: safe for a
  /// closure that captures, and for arguments that die with the caller.
  template <class F, class... Args>
    requires std::invocable<F, Args...>
  auto spawn(F function, Args... arguments) {
    return spawn(call(std::move(function), std::move(arguments)...));
  }

  /// Cancels the body and all children. task_group() then returns normally unless something else
  /// failed.
  void cancel() noexcept { scope_.cancel(); }

  /// Children that have not ended.
  std::size_t size() const noexcept { return running_; }

  /// Waits until no child is left. Cancellation is passed on to the children, and waited for.
  Task<> join();

  /// Records a failure and cancels the group. A Cancelled is only noted.
  void fail(std::exception_ptr error) noexcept;

  /// The same for the exception being handled, which ended the body. A Cancelled that comes from
  /// elsewhere (the body awaited a child that had been cancelled alone) cancels the group as well:
  /// nobody is left to lead it.
  void fail_body() noexcept;

  /// After join(): throws the failure there was; or Cancelled if the body strayed on one, or if the
  /// group was cancelled from outside before all in it had run to their end.
  void rethrow() const;

  std::exception_ptr first_error() const noexcept {
    return errors_.empty() ? nullptr : errors_.front();
  }

 private:
  friend class detail::ChildState;

  template <class F, class... Args>
  static std::invoke_result_t<F, Args...> call(F function, Args... arguments) {
    co_return co_await std::invoke(std::move(function), std::move(arguments)...);
  }

  CancelScope scope_;
  Event empty_;
  std::size_t running_ = 0;
  std::vector<std::exception_ptr> errors_;  // as they happened, without cancellations
  bool interrupted_ = false;                // the body or a child was cut short by a Cancelled
  bool strayed_ = false;                    // the body was, by one that is not this group's
};

/// Runs `body` with a group, waits for every child, and returns what the body returned (nothing or
/// a value).
template <class Body>
std::invoke_result_t<Body&, TaskGroup&> task_group(Body body) {
  using T = typename std::invoke_result_t<Body&, TaskGroup&>::value_type;
  TaskGroup group;
  std::conditional_t<std::is_void_v<T>, std::monostate, std::optional<T>> result;
  try {
    if constexpr (std::is_void_v<T>) {
      co_await body(group);
    } else {
      result.emplace(co_await body(group));
    }
  } catch (...) {  // catch-all: fail_body() stores it
    group.fail_body();
  }
  co_await group.join();
  group.rethrow();
  if constexpr (!std::is_void_v<T>) {
    if (!result) throw Cancelled{};  // the group cancelled its own body, which had a value to give
    co_return std::move(*result);
  }
}

}  // namespace penstock::async
