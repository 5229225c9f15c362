#include "penstock/async/async_generator.hpp"

namespace penstock::async::detail {

void GeneratorPromise::enter(PromiseBase& consumer) noexcept {
  assert(state != State::kRunning && "a generator is asked for more while a next() runs");
  state = State::kRunning;
  task = consumer.task;
  caller = &consumer;
  scope_outside = &task->innermost_scope();
  context_outside = current_context();
}

void GeneratorPromise::park() noexcept {
  assert(&task->innermost_scope() == scope_outside &&
         "a CancelScope or TaskGroup of the generator is open at a co_yield: close it before");
  assert(current_context() == context_outside &&
         "a ScopedVar of the generator is in force at a co_yield: end it before");
  state = State::kParked;
}

}  // namespace penstock::async::detail
