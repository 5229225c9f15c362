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
  /// not taken.
  explicit Signals(std::initializer_list<int> numbers);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  /// The next signal that arrived. Cancellation: at once; nothing is lost.
  Task<int> next();

 private:
  void arrived(int number);

  std::vector<Handle<uv_signal_t>> handles_;
  std::deque<int> pending_;
  Event arrived_;
};

}  // namespace penstock::async
