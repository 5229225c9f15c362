// Taking the results of several tasks as they come.
//
//   co_await task_group([&](TaskGroup& group) -> Task<> {
//     auto done = as_completed(group, std::move(fetches));
//     while (auto item = co_await done.next()) show(item->index, item->result);
//   });
//
// The tasks belong to a group that the caller lends, so that leaving early is safe: the stream
// cancels what it has not seen the end of, and the group waits for that.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "penstock/async/gather.hpp"
#include "penstock/async/queue.hpp"

namespace penstock::async {

/// How one task of a stream ended, and which it was.
template <class T>
struct Completion {
  std::size_t index;
  Settled<T> result;
};

namespace detail {

/// The results that have come, shared by the stream and its tasks: either may end first.
template <class T>
struct Completions {
  explicit Completions(std::size_t tasks) : results(std::max<std::size_t>(tasks, 1)), left(tasks) {
    if (tasks == 0) results.close();
  }

  void add(std::size_t index, Settled<T> result) {
    results.try_put({index, std::move(result)});  // there is room for each
    if (--left == 0) results.close();
  }

  Queue<Completion<T>> results;
  std::size_t left;  // tasks that have not ended
};

/// A task's place in the stream. It is filled exactly once: with Cancelled when it dies unfilled,
/// as with a task that was cancelled, or never ran.
template <class T>
class CompletionSlot {
 public:
  CompletionSlot(std::shared_ptr<Completions<T>> completions, std::size_t index) noexcept
      : completions_(std::move(completions)), index_(index) {}
  CompletionSlot(CompletionSlot&&) noexcept = default;
  CompletionSlot& operator=(CompletionSlot&&) = delete;
  ~CompletionSlot() {
    if (completions_) fill(std::unexpected(std::make_exception_ptr(Cancelled{})));
  }

  void fill(Settled<T> result) {
    std::exchange(completions_, nullptr)->add(index_, std::move(result));
  }

 private:
  std::shared_ptr<Completions<T>> completions_;
  std::size_t index_;
};

template <class T>
Task<> complete(CompletionSlot<T> slot, Task<T> work) {
  slot.fill(co_await settle(std::move(work)));
}

}  // namespace detail

template <class T>
class [[nodiscard]] CompletionStream {
 public:
  /// Starts all `tasks` in `group`, in their order. A failure is a result, and does not fail the
  /// group.
  CompletionStream(TaskGroup& group, std::vector<Task<T>> tasks)
      : completions_(std::make_shared<detail::Completions<T>>(tasks.size())) {
    running_.reserve(tasks.size());
    for (std::size_t index = 0; index < tasks.size(); ++index) {
      detail::CompletionSlot<T> slot(completions_, index);
      running_.push_back(
          group.spawn(detail::complete(std::move(slot), std::move(tasks[index])), "as_completed"));
    }
  }
  CompletionStream(CompletionStream&&) noexcept = default;
  CompletionStream& operator=(CompletionStream&&) = delete;
  /// Cancels the tasks that have not ended; their group waits for them.
  ~CompletionStream() {
    for (JoinHandle<void>& task : running_) task.cancel();
  }

  /// Waits for the next result, a std::optional<Completion<T>>: std::nullopt once each task has
  /// given its own. A task that was cancelled gives Cancelled. Order: as the tasks end.
  /// Cancellation: at once; no result is lost. REQUIRES: the stream outlives the wait.
  typename Queue<Completion<T>>::Get next() noexcept { return completions_->results.get(); }

 private:
  std::shared_ptr<detail::Completions<T>> completions_;
  std::vector<JoinHandle<void>> running_;
};

/// The same, by the name that asyncio gives it.
template <class T>
CompletionStream<T> as_completed(TaskGroup& group, std::vector<Task<T>> tasks) {
  return CompletionStream<T>(group, std::move(tasks));
}

}  // namespace penstock::async
