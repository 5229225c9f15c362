#include "penstock/async/task_group.hpp"

#include <cassert>

namespace penstock::async {
namespace {

bool is_cancellation(const std::exception_ptr& error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const Cancelled&) {
    return true;
  } catch (...) {
    return false;  // only asked what it is; the error itself is kept
  }
}

std::string summary(const std::vector<std::exception_ptr>& errors) {
  std::string text = std::to_string(errors.size()) + " tasks failed; first: ";
  try {
    std::rethrow_exception(errors.front());
  } catch (const std::exception& error) {
    text += error.what();
  } catch (...) {
    text += "not a std::exception";
  }
  return text;
}

}  // namespace

GroupError::GroupError(std::vector<std::exception_ptr> errors)
    : std::runtime_error(summary(errors)), errors_(std::move(errors)) {}

detail::ChildState::ChildState(TaskGroup& group, std::string_view name)
    : TaskState(Loop::current(), &group.scope_, Context::current()), group_(group) {
  set_name(name);
  ++group_.running_;
}

void detail::ChildState::on_finished() noexcept {
  const std::exception_ptr error = collect();
  if (error && !finished_.awaited()) group_.fail(error);
  if (--group_.running_ == 0) group_.empty_.set();
  finished_.set();
  release();
}

TaskGroup::~TaskGroup() {
  assert(running_ == 0 && "a group is left only when it is empty");
}

Task<> TaskGroup::join() {
  while (running_ > 0) {
    const CancelScope uninterrupted(
        CancelScope::Shield::kYes);  // the children hear of it through the group's scope
    empty_.clear();
    co_await empty_.wait();
  }
}

void TaskGroup::fail(std::exception_ptr error) noexcept {
  if (is_cancellation(error)) {
    interrupted_ = true;
    return;
  }
  errors_.push_back(std::move(error));
  scope_.cancel();
}

void TaskGroup::fail_body() noexcept {
  const std::exception_ptr error = std::current_exception();
  if (!scope_.pending() && is_cancellation(error)) {
    strayed_ = true;
    scope_.cancel();
  }
  fail(error);
}

void TaskGroup::rethrow() const {
  if (errors_.size() == 1) std::rethrow_exception(errors_.front());
  if (!errors_.empty()) throw GroupError(errors_);
  if (strayed_ || (interrupted_ && scope_.pending_outside())) throw Cancelled{};
}

}  // namespace penstock::async
