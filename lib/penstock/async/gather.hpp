// Running several tasks at once and collecting what they return, in the order of the arguments.
#pragma once

#include <expected>
#include <tuple>
#include <variant>
#include <vector>

#include "penstock/async/task_group.hpp"

namespace penstock::async {

/// void results appear as std::monostate, so that they can stand in tuples and vectors.
template <class T>
using Gathered = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

/// How one task ended, for callers to whom a failure is a result.
template <class T>
using Settled = std::expected<T, std::exception_ptr>;

namespace detail {

template <class T>
Gathered<T> take_gathered(JoinHandle<T>& handle) {
  if constexpr (std::is_void_v<T>) {
    handle.take();
    return {};
  } else {
    return handle.take();
  }
}

inline Task<> join_all(TaskGroup& group) {
  co_await group.join();
  if (group.first_error()) std::rethrow_exception(group.first_error());
}

template <class T>
Task<Settled<T>> settle(Task<T> work) {
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(work);
      co_return Settled<T>();
    } else {
      co_return co_await std::move(work);
    }
  } catch (const Cancelled&) {
    if (this_task().innermost_scope().pending()) throw;
    co_return std::unexpected(std::current_exception());
  } catch (...) {
    co_return std::unexpected(std::current_exception());
  }
}

}  // namespace detail

/// Runs all tasks, started in the order of the arguments. The first error cancels the others, which
/// are waited for; then it is thrown (later errors are dropped). Cancellation: passed on to all,
/// and waited for.
template <class... Ts>
Task<std::tuple<Gathered<Ts>...>> gather(Task<Ts>... tasks) {
  TaskGroup group;
  std::tuple<JoinHandle<Ts>...> handles{group.spawn(std::move(tasks), "gather")...};
  co_await detail::join_all(group);
  co_return std::apply(
      [](auto&... handle) { return std::tuple<Gathered<Ts>...>{detail::take_gathered(handle)...}; },
      handles);
}

/// The same for any number of tasks of one type.
template <class T>
Task<std::vector<Gathered<T>>> gather(std::vector<Task<T>> tasks) {
  TaskGroup group;
  std::vector<JoinHandle<T>> handles;
  handles.reserve(tasks.size());
  for (Task<T>& task : tasks) handles.push_back(group.spawn(std::move(task), "gather"));
  co_await detail::join_all(group);
  std::vector<Gathered<T>> results;
  results.reserve(handles.size());
  for (JoinHandle<T>& handle : handles) results.push_back(detail::take_gathered(handle));
  co_return results;
}

/// Runs all tasks to their end, whatever happens to the others. Only cancellation from outside
/// stops it.
template <class... Ts>
Task<std::tuple<Settled<Ts>...>> gather_settled(Task<Ts>... tasks) {
  co_return co_await gather(detail::settle(std::move(tasks))...);
}

template <class T>
Task<std::vector<Settled<T>>> gather_settled(std::vector<Task<T>> tasks) {
  std::vector<Task<Settled<T>>> settled;
  settled.reserve(tasks.size());
  for (Task<T>& task : tasks) settled.push_back(detail::settle(std::move(task)));
  co_return co_await gather(std::move(settled));
}

}  // namespace penstock::async
