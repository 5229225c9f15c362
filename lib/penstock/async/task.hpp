// Task<T>: a coroutine that has not started yet.
//
// Lazy, move-only, awaited exactly once, as an rvalue: `T value = co_await work();`. The child runs
// until it first suspends on the caller's stack; when it ends without suspending the caller simply
// goes on, so a loop of children that complete at once needs no stack. There is no detached spawn:
// concurrency starts in a TaskGroup.
//
// Parameters are copied into the frame as declared: take them by value, or by reference when the
// task is awaited in the same statement that makes it.
#pragma once

#include <cassert>
#include <coroutine>
#include <exception>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>
#include <variant>

#include "penstock/async/frame.hpp"
#include "penstock/async/task_state.hpp"

namespace penstock::async {

template <class T = void>
class Task;

/// What every frame knows, whatever it returns.
struct PromiseBase {
  TaskState* task = nullptr;
  PromiseBase* caller = nullptr;         // the awaiting frame; null in a task's root
  std::coroutine_handle<> continuation;  // null in a task's root
  std::source_location awaiting;         // the latest co_await of this frame

  static void* operator new(std::size_t bytes) { return frame_allocate(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept {
    frame_release(frame, bytes);
  }

  struct Final {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) const noexcept {
      PromiseBase& promise = handle.promise();
      if (promise.continuation) return promise.continuation;
      promise.task->root_finished();
      return std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  Final final_suspend() const noexcept { return {}; }

  template <class Awaitable>
  Awaitable&& await_transform(Awaitable&& awaitable, std::source_location where =
                                                         std::source_location::current()) noexcept {
    awaiting = where;
    return std::forward<Awaitable>(awaitable);
  }
};

namespace detail {

template <class T>
struct Promise final : PromiseBase {
  using Stored = std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T>*, T>;
  std::variant<std::monostate, Stored, std::exception_ptr> outcome;

  Task<T> get_return_object() noexcept;
  void unhandled_exception() noexcept { outcome.template emplace<2>(std::current_exception()); }

  template <class U = T>
    requires std::is_convertible_v<U&&, T>
  void return_value(U&& value) noexcept(std::is_nothrow_constructible_v<Stored, U&&>) {
    if constexpr (std::is_reference_v<T>) {
      outcome.template emplace<1>(&value);
    } else {
      outcome.template emplace<1>(std::forward<U>(value));
    }
  }

  T take() {
    if (outcome.index() == 2) std::rethrow_exception(std::move(std::get<2>(outcome)));
    assert(outcome.index() == 1);
    if constexpr (std::is_reference_v<T>) {
      return static_cast<T>(*std::get<1>(outcome));
    } else {
      return std::move(std::get<1>(outcome));
    }
  }
};

template <>
struct Promise<void> final : PromiseBase {
  std::exception_ptr error;

  Task<void> get_return_object() noexcept;
  void unhandled_exception() noexcept { error = std::current_exception(); }
  void return_void() const noexcept {}

  void take() {
    if (error) std::rethrow_exception(std::move(error));
  }
};

/// Ends the process, saying which task awaits `child` again, and where.
[[noreturn, gnu::cold]] void awaited_twice(const PromiseBase& child, const PromiseBase& parent);

/// Awaits a child by running it on the parent's stack until it first suspends.
template <class T>
struct TaskAwaiter {
  std::coroutine_handle<Promise<T>> child;

  bool await_ready() const noexcept { return false; }

  template <class Parent>
  bool await_suspend(std::coroutine_handle<Parent> parent) const noexcept {
    Promise<T>& promise = child.promise();
    if (promise.task != nullptr) awaited_twice(promise, parent.promise());
    promise.task = parent.promise().task;
    promise.caller = &parent.promise();
    promise.continuation = std::noop_coroutine();
    child.resume();
    if (child.done()) return false;
    promise.continuation = parent;
    return true;
  }

  T await_resume() const { return child.promise().take(); }
};

}  // namespace detail

template <class T>
class [[nodiscard]] Task {
 public:
  using value_type = T;
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() noexcept = default;
  explicit Task(Handle handle) noexcept : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  explicit operator bool() const noexcept { return static_cast<bool>(handle_); }

  /// Starts the task as a part of the awaiting one. Throws what the task threw.
  auto operator co_await() && noexcept {
    assert(handle_ && "a task that was moved away is awaited");
    return detail::TaskAwaiter<T>{handle_};
  }

  /// For whoever runs a task as a root: the frame, now theirs.
  Handle release() noexcept { return std::exchange(handle_, nullptr); }

 private:
  Handle handle_;
};

namespace detail {

template <class T>
Task<T> Promise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}

inline Task<void> Promise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

template <class A>
decltype(auto) awaiter_of(A&& awaitable) {
  if constexpr (requires { std::forward<A>(awaitable).operator co_await(); }) {
    return std::forward<A>(awaitable).operator co_await();
  } else {
    return std::forward<A>(awaitable);
  }
}

}  // namespace detail

/// What `co_await` of an rvalue A gives.
template <class A>
using await_result_t = decltype(detail::awaiter_of(std::declval<A>()).await_resume());

}  // namespace penstock::async
