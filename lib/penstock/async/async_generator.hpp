// AsyncGenerator<T>: a coroutine that gives many values, each when it is asked for.
//
//   AsyncGenerator<User> users(Client& client) {
//     for (int page = 0;; ++page) {
//       const Page found = co_await client.fetch(page);   // awaits as a part of the asking task
//       for (const User& user : found.users) co_yield user;
//       if (found.last) co_return;
//     }
//   }
//
//   AsyncGenerator<User> all = users(client);
//   while (std::optional<User> user = co_await all.next()) …
//
//                 next()              co_yield
//   not started ─────────► running ─────────────► parked ──┐
//                           │   ▲                          │ next()
//          co_return, throw │   └──────────────────────────┘
//                           ▼
//                         ended: next() gives std::nullopt
//
// Between two next() it does not run, and holds on to nothing of the task that asks. It is
// destroyed not started, parked or ended: its locals are then destroyed where they stand, without a
// chance to await. What must await in its clean-up belongs to a group or to try_finally around the
// loop.
//
// A CancelScope, a TaskGroup or a ScopedVar of the generator may not be open at a co_yield: it
// would cover what the consumer does between two next(), and what is meant for the one would strike
// the other (PEP 789 tells the whole story). Such a co_yield dies loudly. Close the scope before
// it: `co_yield co_await with_timeout(1s, read());` is well.
//
// A generator outlives the statement that makes it: it takes its parameters by value, or by
// references to what lives longer, and a lambda that captures must outlive it too.
//
// Deliberately absent: running ahead of the consumer. For that, a task of a group fills a Queue.
#pragma once

#include <cassert>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "penstock/async/task.hpp"

namespace penstock::async {

template <class T>
class AsyncGenerator;

namespace detail {

/// What a generator is held to, whatever it gives.
struct GeneratorPromise : PromiseBase {
  enum class State { kParked, kRunning, kEnded };

  /// At a next(): the generator runs as a part of the task of `consumer` from here on.
  void enter(PromiseBase& consumer) noexcept;
  /// At a co_yield.
  void park() noexcept;
  Final final_suspend() noexcept {
    state = State::kEnded;
    return {};
  }

  State state = State::kParked;
  CancelScope* scope_outside = nullptr;  // what was in force at the latest next()
  ContextNode* context_outside = nullptr;
};

template <class T>
struct Generating final : GeneratorPromise {
  std::optional<T> value;
  std::exception_ptr error;

  AsyncGenerator<T> get_return_object() noexcept;
  void unhandled_exception() noexcept { error = std::current_exception(); }
  void return_void() const noexcept {}

  struct Yield {
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Generating> self) const noexcept {
      self.promise().park();
      return self.promise().continuation;
    }
    void await_resume() const noexcept {}
  };

  template <class U = T>
    requires std::is_convertible_v<U&&, T>
  Yield yield_value(U&& item) {
    value.emplace(std::forward<U>(item));
    return {};
  }

  std::optional<T> take() {
    if (error) std::rethrow_exception(std::exchange(error, nullptr));
    return std::exchange(value, std::nullopt);
  }
};

/// Runs a generator on the consumer's stack until it first suspends, as TaskAwaiter does a child.
template <class T>
struct NextAwaiter {
  std::coroutine_handle<Generating<T>> generator;

  bool await_ready() const noexcept {
    return generator.promise().state == GeneratorPromise::State::kEnded;
  }

  template <class Parent>
  bool await_suspend(std::coroutine_handle<Parent> parent) const noexcept {
    Generating<T>& promise = generator.promise();
    promise.enter(parent.promise());
    promise.continuation = std::noop_coroutine();
    generator.resume();
    if (promise.state != GeneratorPromise::State::kRunning) return false;
    promise.continuation = parent;
    return true;
  }

  std::optional<T> await_resume() const { return generator.promise().take(); }
};

}  // namespace detail

template <class T>
class [[nodiscard]] AsyncGenerator {
  static_assert(std::is_object_v<T>, "values are handed over, not shared");

 public:
  using value_type = T;
  using promise_type = detail::Generating<T>;
  using Handle = std::coroutine_handle<promise_type>;

  explicit AsyncGenerator(Handle handle) noexcept : handle_(handle) {}
  AsyncGenerator(AsyncGenerator&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)) {}
  AsyncGenerator& operator=(AsyncGenerator&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~AsyncGenerator() {
    if (!handle_) return;
    assert(handle_.promise().state != State::kRunning && "a generator is destroyed in a next()");
    handle_.destroy();
  }

  class [[nodiscard]] Next;

  /// Runs the generator to its next co_yield and returns the value; std::nullopt at its end, and
  /// ever after. Errors: what the generator throws, once; that ends it. One next() at a time: a
  /// second one dies loudly. Each may come from another task. Cancellation: as in a child that is
  /// awaited; a value that was reached is delivered. A Cancelled that leaves the generator ends it.
  /// REQUIRES: the generator outlives the wait.
  Next next() noexcept {
    assert(handle_ && "a generator that was moved away is asked for more");
    return Next(handle_);
  }

 private:
  using State = detail::GeneratorPromise::State;
  Handle handle_;
};

template <class T>
class AsyncGenerator<T>::Next {
 public:
  explicit Next(Handle handle) noexcept : handle_(handle) {}
  auto operator co_await() const noexcept { return detail::NextAwaiter<T>{handle_}; }

 private:
  Handle handle_;
};

template <class T>
AsyncGenerator<T> detail::Generating<T>::get_return_object() noexcept {
  return AsyncGenerator<T>(std::coroutine_handle<Generating>::from_promise(*this));
}

}  // namespace penstock::async
