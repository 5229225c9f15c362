// run(): a whole program in one call.
//
//   int main() {
//     return penstock::async::run([]() -> Task<int> { … co_return 0; });
//   }
//
// SIGINT and SIGTERM cancel everything, so that each task cleans up as it unwinds; a second one
// ends the process as if nobody had watched. A main task that catches its cancellation may still
// return what it likes. Deliberately absent: exit codes for errors (they are thrown).
#pragma once

#include <expected>
#include <optional>
#include <stdexcept>
#include <type_traits>

#include "penstock/async/gather.hpp"
#include "penstock/async/signals.hpp"

namespace penstock::async {

/// A signal cancelled the program before its main task had anything to return.
class Interrupted : public std::runtime_error {
 public:
  explicit Interrupted(int signal);
  int signal() const noexcept { return signal_; }

 private:
  int signal_;
};

namespace detail {

/// The first signal that asks to stop.
class StopSignal {
 public:
  StopSignal();
  /// Cancels `group` when it comes; the next one has its default action again.
  Task<> watch(TaskGroup& group);
  int number() const noexcept { return number_; }

 private:
  std::optional<Signals> signals_;
  int number_ = 0;
};

/// Gives what `main` returned, or the signal that cut it short.
template <class T, class Main>
Task<std::expected<Gathered<T>, int>> until_stopped(Main& main) {
  StopSignal stop;
  std::optional<Gathered<T>> result;
  co_await task_group([&](TaskGroup& group) -> Task<> {
    JoinHandle<void> watching = group.spawn(stop.watch(group), "signals");
    if constexpr (std::is_void_v<T>) {
      co_await main();
      result.emplace();
    } else {
      result.emplace(co_await main());
    }
    watching.cancel();
  });
  if (!result) co_return std::unexpected(stop.number());
  co_return std::move(*result);
}

}  // namespace detail

/// Runs `main()`, which returns a Task, on a loop of its own, and returns what it returns. Errors:
/// what it throws; Interrupted when a signal cut it short, but where an int is returned, which is
/// an exit status, it is then 128 + the signal, as shells have it. REQUIRES: no loop on this
/// thread.
template <class Main>
auto run(Main main, LoopOptions options = {}) -> typename std::invoke_result_t<Main&>::value_type {
  using T = typename std::invoke_result_t<Main&>::value_type;
  Loop loop(std::move(options));
  auto result = loop.run(detail::until_stopped<T>(main));
  if constexpr (std::is_same_v<T, int>) {
    return result ? *result : 128 + result.error();
  } else {
    if (!result) throw Interrupted(result.error());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
  }
}

}  // namespace penstock::async
