// to_thread: blocking and CPU work, off the loop.
//
// Our own pool: libuv's is global to the process, has four threads, and serves name resolution and
// files too, so that one slow call there would stall the others. Threads start when they are first
// needed.
#pragma once

#include <cassert>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

#include "penstock/async/outside_waiter.hpp"

namespace penstock::async {

class ThreadPool {
 public:
  /// At most `threads` of them. REQUIRES: more than 0.
  explicit ThreadPool(std::size_t threads) noexcept : limit_(threads) { assert(threads > 0); }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  /// Runs what is still queued, then joins the threads. Blocks for as long as that takes.
  ~ThreadPool();

  /// One piece of work. `run` is called on a pool thread, unless withdraw() came first.
  class Job {
   public:
    virtual void run() noexcept = 0;

   protected:
    ~Job() = default;
  };

  /// Queues `job`, which lives until run() has been called. Thread-safe. Order: first come, first
  /// started. Errors: std::system_error when there is no thread and none can be made.
  void submit(Job& job);
  /// True if `job` had not started, and now never will.
  bool withdraw(Job& job) noexcept;

 private:
  void add_thread();
  void work();

  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job*> queue_;  // guarded by mutex_, as all below
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

namespace detail {

template <class F>
class ThreadAwaiter final : public OutsideWaiter, private ThreadPool::Job {
 public:
  using Result = std::invoke_result_t<F&>;

  ThreadAwaiter(ThreadPool& pool, F work) : pool_(pool), work_(std::move(work)) {}

  bool await_ready() noexcept { return cancelled_on_entry(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) {
    context_ = detail::current_context();
    expect_outside();
    pool_.submit(*this);  // its answer comes through the mailbox, so never before suspend()
    suspend(handle);
  }
  Result await_resume() {
    throw_if_cancelled();
    if (error_) std::rethrow_exception(error_);
    if constexpr (!std::is_void_v<Result>) return std::move(*result_);
  }

 private:
  void run() noexcept override {
    work_on_this_thread();
    wake_from_outside();
  }
  void work_on_this_thread() noexcept {
    const BorrowedContext context(context_);
    try {
      if constexpr (std::is_void_v<Result>) {
        work_();
      } else {
        result_.emplace(work_());
      }
    } catch (...) {
      error_ = std::current_exception();
    }
  }
  std::string_view waits_for() const noexcept override { return "a thread"; }
  void on_cancel() noexcept override {
    if (!pool_.withdraw(*this)) return;  // it runs: its result is waited for and delivered
    wake_withdrawn();
  }

  ThreadPool& pool_;
  F work_;
  ContextNode* context_ = nullptr;
  std::optional<std::conditional_t<std::is_void_v<Result>, std::monostate, Result>> result_;
  std::exception_ptr error_;
};

}  // namespace detail

template <class F>
class [[nodiscard]] ToThread {
 public:
  ToThread(ThreadPool& pool, F work) : pool_(&pool), work_(std::move(work)) {}
  auto operator co_await() && { return detail::ThreadAwaiter<F>(*pool_, std::move(work_)); }

 private:
  ThreadPool* pool_;
  F work_;
};

/// Runs `work` on a thread of `pool` and returns what it returns, or throws what it throws. `work`
/// sees the context variables of the task, and must not touch anything else that belongs to the
/// loop. Errors: also std::system_error when no thread can be made. Cancellation: at once if it has
/// not started; otherwise it is waited for, and its result delivered.
template <class F>
ToThread<F> to_thread(ThreadPool& pool, F work) {
  return {pool, std::move(work)};
}

}  // namespace penstock::async
