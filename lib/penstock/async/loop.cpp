#include "penstock/async/loop.hpp"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>
#include <vector>

namespace penstock::async {
namespace {

/// After so many resumptions I/O is polled for, however much is still ready. A poll costs about as
/// much as twenty of them.
constexpr std::size_t kHopsPerTurn = 256;

thread_local Loop* loop_of_thread = nullptr;
thread_local TaskState* running_task = nullptr;

bool debug_by_environment() noexcept {
  const char* value = std::getenv("PENSTOCK_ASYNC_DEBUG");
  return value != nullptr && std::string_view(value) == "1";
}

uv_loop_t* initialised(uv_loop_t* loop) {
  if (const int error = uv_loop_init(loop); error != 0) {
    throw std::system_error(-error, std::generic_category(), "cannot create an event loop");
  }
  return loop;
}

}  // namespace

TaskState* current_task() noexcept {
  return running_task;
}

TaskState& this_task() noexcept {
  if (running_task == nullptr) {
    std::fputs("penstock: used outside of a task\n", stderr);
    std::abort();
  }
  return *running_task;
}

Loop& Loop::current() noexcept {
  if (loop_of_thread == nullptr) {
    std::fputs("penstock: no event loop on this thread\n", stderr);
    std::abort();
  }
  return *loop_of_thread;
}

Loop::Loop(LoopOptions options)
    : mailbox_(initialised(&uv_)),
      alarm_(&uv_, [this] { timers_.fire(Clock::now()); }),
      now_(Clock::now()),
      virtual_time_(options.virtual_time) {
  assert(loop_of_thread == nullptr && "one loop per thread");
  loop_of_thread = this;
  if (options.shuffle_seed != 0) shuffle_.emplace(options.shuffle_seed);
  if (options.debug || debug_by_environment())
    watch_.emplace(options.slow, std::move(options.on_slow));
  idle_.data = prepare_.data = this;
  uv_idle_init(&uv_, &idle_);
  uv_prepare_init(&uv_, &prepare_);
  uv_prepare_start(&prepare_,
                   [](uv_prepare_t* handle) { static_cast<Loop*>(handle->data)->set_alarm(); });
  uv_unref(reinterpret_cast<uv_handle_t*>(&prepare_));
}

Loop::~Loop() {
  assert(tasks_.empty() && "a loop outlives its tasks");
  close_handles();
  loop_of_thread = nullptr;
}

void Loop::close_handles() noexcept {
  uv_walk(
      &uv_,
      [](uv_handle_t* handle, void*) {
        if (uv_is_closing(handle) == 0) uv_close(handle, nullptr);
      },
      nullptr);
  while (uv_run(&uv_, UV_RUN_DEFAULT) != 0) {
  }
  if (uv_loop_close(&uv_) != 0) {
    std::fputs("penstock: the event loop could not be closed: a request is still in flight\n",
               stderr);
    std::abort();
  }
}

void Loop::push_ready(Waiter& waiter) noexcept {
  waiter.next_ready_ = nullptr;
  if (ready_last_ != nullptr) {
    ready_last_->next_ready_ = &waiter;
  } else {
    ready_first_ = &waiter;
    if (!in_turn_) want_turn();
  }
  ready_last_ = &waiter;
  ++ready_count_;
}

void Loop::want_turn() noexcept {
  uv_idle_start(&idle_, [](uv_idle_t* handle) { static_cast<Loop*>(handle->data)->turn(); });
}

void Loop::turn() noexcept {
  now_is_read_ = virtual_time_;
  in_turn_ = true;
  ++turns_;
  if (watch_) watch_->turn_begins();
  std::size_t hops = 0;
  while (ready_first_ != nullptr && hops < kHopsPerTurn) hops += run_ready();
  while (!turn_hooks_.empty()) turn_hooks_.pop_front().on_turn_end();
  in_turn_ = false;
  if (watch_) watch_->turn_ends(hops);
  if (turn_wanted()) {
    want_turn();
  } else {
    uv_idle_stop(&idle_);
  }
}

/// Resumes what is ready now, but not what becomes ready meanwhile. Returns how many that were.
std::size_t Loop::run_ready() noexcept {
  if (shuffle_) shuffle_ready();
  const std::size_t count = ready_count_;
  for (std::size_t left = count; left > 0; --left) {
    Waiter& waiter = *ready_first_;
    ready_first_ = waiter.next_ready_;
    if (ready_first_ == nullptr) ready_last_ = nullptr;
    --ready_count_;
    if (watch_) {
      resume_watched(waiter);
    } else {
      resume(waiter);
    }
  }
  return count;
}

void Loop::resume_watched(Waiter& waiter) noexcept {
  const TaskState& task = *waiter.task_;
  watch_->step_begins(task.name(), waiter.frame_->awaiting);
  const bool ended = resume(waiter);
  const bool waits = !ended && task.leaf_ != nullptr;
  watch_->step_ends(waits ? task.leaf_->frame_->awaiting : std::source_location());
}

/// True when its task has ended.
bool Loop::resume(Waiter& waiter) noexcept {
  TaskState& task = *std::exchange(waiter.task_, nullptr);
  running_task = &task;
  detail::ContextNode* const outside = detail::current_context();
  detail::current_context() = task.context_node_;
  if (&waiter == &task.starter_ && task.scope_.pending()) {
    task.root_finished();  // cancelled before it started: its frame goes, its code never runs
  } else {
    task.started_ = true;
    waiter.handle_.resume();
  }
  task.context_node_ = detail::current_context();
  detail::current_context() = outside;
  running_task = nullptr;
  return settle_finished();
}

/// Lets go of the task that was just resumed, if it has ended.
bool Loop::settle_finished() noexcept {
  if (finished_ == nullptr) return false;
  TaskState& task = *std::exchange(finished_, nullptr);
  task.retire();
  task.on_finished();
  return true;
}

void Loop::shuffle_ready() {
  std::vector<Waiter*> waiters;
  for (Waiter* waiter = ready_first_; waiter != nullptr; waiter = waiter->next_ready_)
    waiters.push_back(waiter);
  std::ranges::shuffle(waiters, *shuffle_);
  ready_first_ = ready_last_ = nullptr;
  ready_count_ = 0;
  for (Waiter* waiter : waiters) push_ready(*waiter);
}

void Loop::run_until(const bool& done, CancelScope& scope) {
  assert(loop_of_thread == this && "a loop runs on the thread that made it");
  assert(!in_turn_ && "a loop is not run from within itself");
  std::optional<Deadlock> deadlock;
  while (!done) {
    if (virtual_time_ ? wait_virtual() : wait_real()) continue;
    if (done) break;
    if (deadlock) {
      std::fprintf(stderr, "penstock: nothing can ever run again, even cancelled\n%s",
                   dump_tasks().c_str());
      std::abort();
    }
    deadlock.emplace("nothing can ever run again\n" + dump_tasks());
    scope.cancel();
  }
  if (deadlock) throw Deadlock(*deadlock);
}

/// False when nothing can ever happen.
bool Loop::wait_real() {
  set_alarm();  // with no active handle uv_run() returns before it comes to the prepare callback
  return uv_run(&uv_, UV_RUN_DEFAULT) != 0 || turn_wanted() || !timers_.empty();
}

/// The same. As in real time, what is due comes first, then a turn, then what libuv has to say;
/// when none of these has anything to do the clock jumps.
bool Loop::wait_virtual() {
  if (!timers_.empty() && timers_.earliest() <= now_) timers_.fire(now_);
  const std::uint64_t turns_before = turns_;
  const bool alive = uv_run(&uv_, UV_RUN_NOWAIT) != 0;
  if (turns_ != turns_before || turn_wanted()) return true;
  if (alive) {
    uv_run(&uv_, UV_RUN_ONCE);
  } else if (!timers_.empty()) {
    now_ = timers_.earliest();
  } else {
    return false;
  }
  return true;
}

/// For the earliest due time.
void Loop::set_alarm() noexcept {
  if (virtual_time_) return;
  if (timers_.empty()) {
    alarm_.clear();
  } else {
    alarm_.set(timers_.earliest());
  }
}

}  // namespace penstock::async
