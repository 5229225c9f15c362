// Signals as a queue: `while (true) { int number = co_await signals.next(); … }`.
//
// Several arrivals of one signal before it is read count as one, as the kernel itself has it.
#pragma once

#include <deque>
#include <initializer_list>
#include <vector>

#include "penstock/async/event.hpp"
#include "penstock/async/handle.hpp"
#include "penstock/async/loop.hpp"

namespace penstock::async {

class Signals {
 public:
  /// Watches the given signals on the running loop until destroyed; their default action is then
  /// not taken. Errors: std::system_error, for SIGKILL and SIGSTOP among others.
  explicit Signals(std::initializer_list<int> numbers);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  /// The next signal that arrived. Order: as they first arrived. Cancellation: at once; nothing is
  /// lost.
  Task<int> next();

 private:
  int watch(uv_signal_t* handle, int number) noexcept;
  void arrived(int number);

  std::vector<Handle<uv_signal_t>> handles_;
  std::deque<int> pending_;
  Event arrived_;
};

}  // namespace penstock::async
