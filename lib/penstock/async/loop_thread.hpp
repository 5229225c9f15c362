// LoopThread: another loop, on a thread of its own; and run_in(), which runs a task there.
//
//   LoopThread other;
//   int answer = co_await run_in(other, work, 6, 7);
//
// Loops share nothing: the function and its arguments are moved there, the result is moved back.
// Deliberately absent: context variables and deadlines on the other side (their bindings belong to
// one thread; a deadline that passes here cancels there), and moving a task that has begun.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <variant>

#include "penstock/async/outside_waiter.hpp"
#include "penstock/async/task_group.hpp"

namespace penstock::async {

class LoopThread {
 public:
  /// Returns once the loop runs. Errors: std::system_error when there is no thread or no
  /// descriptor for it.
  explicit LoopThread(LoopOptions options = {});
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;
  /// Cancels the tasks that are left there and blocks until they have ended. REQUIRES: no run_in()
  /// is being awaited.
  ~LoopThread();

  /// Runs `work` on the loop with the group of the tasks there, outside of any task. Thread-safe;
  /// must not throw.
  void post(std::move_only_function<void(TaskGroup&)> work);

 private:
  void work(LoopOptions options, std::promise<void> ready);
  Task<> live(std::promise<void> ready);

  Loop* loop_ = nullptr;  // these three belong to the thread, and stand once it is ready
  TaskGroup* group_ = nullptr;
  Event* stop_ = nullptr;
  std::thread thread_;
};

namespace detail {

/// A task on another loop and the waiter for it here. The other thread writes the outcome, and
/// gives the waiter back with `Done`, however the task ends: even unstarted.
template <class T>
class RemoteCall final : public OutsideWaiter {
 public:
  using Work = std::move_only_function<Task<T>()>;

  RemoteCall(LoopThread& thread, Work work) : thread_(thread), work_(std::move(work)) {}

  bool await_ready() noexcept { return cancelled_on_entry(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) {
    expect_outside();
    thread_.post(
        [done = Done(*this), child = child_, work = std::move(work_)](TaskGroup& group) mutable {
          child->emplace(group.spawn(carry(std::move(done), std::move(work)), "run_in"));
        });
    suspend(handle);
  }
  T await_resume() {
    throw_if_cancelled();
    if (outcome_.index() == 2) std::rethrow_exception(std::get<2>(std::move(outcome_)));
    if constexpr (!std::is_void_v<T>) return std::get<1>(std::move(outcome_));
  }

 private:
  using Stored = std::conditional_t<std::is_void_v<T>, std::nullptr_t, T>;
  using Child = std::optional<JoinHandle<void>>;  // touched on the other thread only

  class Done {
   public:
    explicit Done(RemoteCall& call) noexcept : call_(&call) {}
    Done(Done&& other) noexcept : call_(std::exchange(other.call_, nullptr)) {}
    Done& operator=(Done&& other) = delete;
    ~Done() {
      if (call_ == nullptr) return;
      const std::shared_ptr<Child> child = call_->child_;
      child->reset();
      call_->wake_from_outside();
    }
    RemoteCall* operator->() const noexcept { return call_; }

   private:
    RemoteCall* call_;
  };

  // `done` comes first: parameters die in reverse, so that all else is gone when the waiter wakes.
  static Task<> carry(Done done, Work work) {
    try {
      if constexpr (std::is_void_v<T>) {
        co_await work();
        done->outcome_.template emplace<1>();
      } else {
        done->outcome_.template emplace<1>(co_await work());
      }
    } catch (const Cancelled&) {
      throw;
    } catch (...) {
      done->outcome_.template emplace<2>(std::current_exception());
    }
  }

  void arrived() noexcept override {
    if (outcome_.index() == 0) return wake_cancelled();
    wake();
  }
  std::string_view waits_for() const noexcept override { return "another loop"; }
  void on_cancel() noexcept override {
    thread_.post([child = child_](TaskGroup&) {
      if (*child) (*child)->cancel();
    });
  }

  LoopThread& thread_;
  Work work_;
  std::shared_ptr<Child> child_ = std::make_shared<Child>();
  std::variant<std::monostate, Stored, std::exception_ptr> outcome_;
};

}  // namespace detail

/// Runs `function(arguments...)`, which returns a Task, on the loop of `thread`, and gives its
/// result. The function and its arguments live and die there. Errors: what it throws. Cancellation:
/// passed on, and waited for; a value that it returns all the same is delivered.
template <class F, class... Args>
std::invoke_result_t<F, Args...> run_in(LoopThread& thread, F function, Args... arguments) {
  using T = typename std::invoke_result_t<F, Args...>::value_type;
  co_return co_await detail::RemoteCall<T>(
      thread, [function = std::move(function), ... arguments = std::move(arguments)]() mutable {
        return std::invoke(std::move(function), std::move(arguments)...);
      });
}

}  // namespace penstock::async
