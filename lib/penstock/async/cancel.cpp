#include "penstock/async/cancel.hpp"

#include <algorithm>
#include <cassert>

#include "penstock/async/loop.hpp"

namespace penstock::async {

CancelScope::CancelScope(Shield shield)
    : task_(this_task()), parent_(task_.innermost_), shielded_(shield == Shield::kYes) {
  task_.innermost_ = this;
  attach();
}

CancelScope::CancelScope(TaskState& task, CancelScope* parent)
    : task_(task), parent_(parent), of_task_(true) {
  attach();
}

void CancelScope::attach() {
  if (parent_ == nullptr) return;
  parent_->inner_.push_back(*this);
  pending_ = parent_->pending_ && !shielded_;
}

CancelScope::~CancelScope() {
  assert(inner_.empty() && "a scope ends after all that is inside it");
  if (!of_task_) {
    assert(task_.innermost_ == this && "scopes end in reverse order");
    task_.innermost_ = parent_;
  }
  detach();
}

void CancelScope::detach() noexcept {
  if (scheduled()) task_.loop().cancel(*this);
  if (linked()) unlink();
  parent_ = nullptr;
}

void CancelScope::cancel() noexcept {
  requested_ = true;
  if (!pending_) propagate();
}

void CancelScope::propagate() noexcept {
  pending_ = true;
  if (task_.innermost_ == this && task_.leaf_ != nullptr) task_.leaf_->on_cancel();
  inner_.for_each([](CancelScope& scope) {
    if (!scope.shielded_ && !scope.pending_) scope.propagate();
  });
}

void CancelScope::cancel_at(TimePoint due) {
  if (due >= deadline_) return;
  deadline_ = due;
  if (scheduled()) task_.loop().cancel(*this);
  task_.loop().schedule(*this, due);
}

void CancelScope::on_timer() noexcept {
  expired_ = !requested_;
  cancel();
}

TimePoint CancelScope::deadline() const noexcept {
  TimePoint earliest = deadline_;
  for (const CancelScope* scope = this; !scope->shielded_ && scope->parent_ != nullptr;) {
    scope = scope->parent_;
    earliest = std::min(earliest, scope->deadline_);
  }
  return earliest;
}

TimePoint current_deadline() noexcept {
  TaskState* task = current_task();
  return task == nullptr ? TimePoint::max() : task->innermost_scope().deadline();
}

}  // namespace penstock::async
