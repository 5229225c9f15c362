#include "penstock/async/task_state.hpp"

#include <cassert>

#include "penstock/async/loop.hpp"
#include "penstock/async/task.hpp"

namespace penstock::async {

TaskState::TaskState(Loop& loop, CancelScope* parent, Context context)
    : loop_(loop),
      context_(std::move(context)),
      context_node_(context_.node()),
      scope_(*this, parent),
      innermost_(&scope_),
      since_(loop.now()) {
  loop_.tasks_.push_back(*this);
}

TaskState::~TaskState() {
  assert(leaf_ == nullptr && !linked() && "a task dies finished");
}

void TaskState::start(std::coroutine_handle<> root, PromiseBase& frame) noexcept {
  starter_.task_ = this;
  starter_.handle_ = root;
  starter_.frame_ = &frame;
  starter_.woken_ = true;
  loop_.push_ready(starter_);
}

void TaskState::root_finished() noexcept {
  assert(loop_.finished_ == nullptr);
  loop_.finished_ = this;
}

void TaskState::retire() noexcept {
  unlink();
  scope_.detach();
  context_node_ = nullptr;
  context_ = Context();
}

void Waiter::suspend(std::coroutine_handle<> handle, PromiseBase& frame) noexcept {
  handle_ = handle;
  frame_ = &frame;
  task_ = frame.task;
  assert(task_ == current_task() && task_->leaf_ == nullptr);
  woken_ = false;
  task_->leaf_ = this;
}

void Waiter::wake() noexcept {
  assert(suspended());
  woken_ = true;
  task_->leaf_ = nullptr;
  task_->loop().push_ready(*this);
}

bool Waiter::cancelled_on_entry() noexcept {
  cancelled_ = this_task().innermost_scope().pending();
  return cancelled_;
}

void Waiter::wake_cancelled() noexcept {
  cancelled_ = true;
  wake();
}

}  // namespace penstock::async
