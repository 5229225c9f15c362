// The event loop: one thread, one uv_loop_t, a ready queue, a heap of timers and a mailbox for
// other threads.
//
//   one turn:  callbacks of libuv (timers, sockets, mailbox)  put waiters on the ready queue
//              the ready queue is drained                     tasks run
//              turn-end hooks                                 what the turn gathered goes out
//
// A turn ends after a bounded number of resumptions, so that ready tasks cannot starve I/O.
// A loop and everything on it belong to the thread that made it; post() alone may be called from
// elsewhere.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>

#include "penstock/async/alarm.hpp"
#include "penstock/async/clock.hpp"
#include "penstock/async/intrusive_list.hpp"
#include "penstock/async/loop_watch.hpp"
#include "penstock/async/mailbox.hpp"
#include "penstock/async/task.hpp"
#include "penstock/async/timer_heap.hpp"

namespace penstock::async {

/// Thrown out of Loop::run when nothing can ever run again: no task is ready, no timer is set, no
/// handle is active. The tasks have then been cancelled, to unwind. what() lists where each of them
/// stood.
class Deadlock : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct TurnEnd;

/// Something to be done once, after the tasks of the present turn have run, such as one write for
/// many commands.
class TurnHook : public ListHook<TurnEnd> {
 public:
  virtual void on_turn_end() noexcept = 0;

 protected:
  ~TurnHook() = default;
};

struct LoopOptions {
  /// The clock stands still while anything can run, then jumps to the next timer: tests never wait.
  /// Time does not advance while a libuv handle is active, since something real may still come from
  /// it.
  bool virtual_time = false;
  /// Shuffles the tasks that are ready together with this seed. 0 keeps the order in which they
  /// became ready.
  std::uint64_t shuffle_seed = 0;
  /// Watches for tasks that keep the others waiting; also on when the environment has
  /// PENSTOCK_ASYNC_DEBUG=1. Costs two looks at the clock for each resumption, and nothing when
  /// off.
  bool debug = false;
  Duration slow = std::chrono::milliseconds(100);  // what debug reports
  /// Called on the loop, outside of tasks; must not throw. Empty: a line on standard error.
  std::function<void(const SlowStep&)> on_slow = {};
};

class Loop {
 public:
  explicit Loop(LoopOptions options = {});
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  /// Closes what handles are left and waits for them. No task may be alive.
  ~Loop();

  /// The loop of this thread. Dies loudly when there is none.
  static Loop& current() noexcept;

  /// Runs `main` and everything it spawns to the end. Throws what `main` threw, or Deadlock.
  template <class T>
  T run(Task<T> main);

  /// Monotonic. The same for all tasks of one turn: the time at which the first of them asked.
  TimePoint now() const noexcept {
    if (!virtual_time_ && !in_turn_) return Clock::now();
    if (!std::exchange(now_is_read_, true)) now_ = Clock::now();
    return now_;
  }

  void schedule(Timer& timer, TimePoint due) { timers_.schedule(timer, due); }
  void cancel(Timer& timer) noexcept { timers_.cancel(timer); }
  /// Calls `hook` when the tasks of this turn have run, or of the next turn when called outside of
  /// one. Asking twice is asking once. REQUIRES: the hook lives until then, or unlinks itself.
  void at_turn_end(TurnHook& hook) noexcept {
    if (hook.linked()) return;
    turn_hooks_.push_back(hook);
    if (!in_turn_) want_turn();
  }

  /// Runs `work` on the loop soon, outside of any task; it must not throw. The one call that other
  /// threads may make. Order: first posted, first run. What is posted after the last task has ended
  /// is destroyed without being run.
  void post(std::move_only_function<void()> work) { mailbox_.post(std::move(work)); }

  /// Held while something outside of libuv (a thread) will post a result: the loop then waits
  /// instead of reporting a deadlock.
  class External {
   public:
    explicit External(Loop& loop) noexcept : loop_(loop) { loop_.mailbox_.expect(); }
    External(const External&) = delete;
    External& operator=(const External&) = delete;
    ~External() { loop_.mailbox_.unexpect(); }

   private:
    Loop& loop_;
  };

  uv_loop_t* uv() noexcept { return &uv_; }

  /// The tree of tasks, children below the task whose group they run in: name, what each waits for,
  /// age, and the co_await of each of its frames.
  std::string dump_tasks();

  /// Turns since the start. A watchdog compares it.
  std::uint64_t turns() const noexcept { return turns_; }

 private:
  friend class Waiter;
  friend class TaskState;

  void push_ready(Waiter& waiter) noexcept;
  bool turn_wanted() const noexcept { return ready_first_ != nullptr || !turn_hooks_.empty(); }
  void want_turn() noexcept;
  void turn() noexcept;
  std::size_t run_ready() noexcept;
  bool resume(Waiter& waiter) noexcept;
  void resume_watched(Waiter& waiter) noexcept;
  bool settle_finished() noexcept;
  void shuffle_ready();
  void run_until(const bool& done, CancelScope& scope);
  bool wait_real();
  bool wait_virtual();
  void set_alarm() noexcept;
  void close_handles() noexcept;

  uv_loop_t uv_{};
  uv_idle_t idle_{};        // active while a turn is wanted: the poll then does not block
  uv_prepare_t prepare_{};  // sets the alarm just before each poll
  Mailbox mailbox_;
  Alarm alarm_;
  TimerHeap timers_;
  IntrusiveList<TurnHook, TurnEnd> turn_hooks_;
  IntrusiveList<TaskState, LoopTasks> tasks_;
  Waiter* ready_first_ = nullptr;
  Waiter* ready_last_ = nullptr;
  std::size_t ready_count_ = 0;
  TaskState* finished_ = nullptr;  // the task being resumed, once it has ended
  mutable TimePoint now_;
  mutable bool now_is_read_ = true;  // in this turn; most ask for no time
  std::uint64_t turns_ = 0;
  std::optional<std::mt19937_64> shuffle_;
  std::optional<LoopWatch> watch_;  // in debug mode
  const bool virtual_time_;
  bool in_turn_ = false;
};

namespace detail {

/// The task that Loop::run waits for.
template <class T>
class RootTask final : public TaskState {
 public:
  RootTask(Loop& loop, Task<T> main)
      : TaskState(loop, nullptr, Context::current()),
        main_(std::move(main)),
        handle_(main_.release()) {
    set_name("main");
    handle_.promise().task = this;
    start(handle_, handle_.promise());
  }
  ~RootTask() override { handle_.destroy(); }

  const bool& done() const noexcept { return done_; }
  T take() { return handle_.promise().take(); }

 private:
  void on_finished() noexcept override {
    done_ = true;
    uv_stop(loop().uv());  // open handles may be left, and this turn's poll must not wait for them
  }

  Task<T> main_;
  typename Task<T>::Handle handle_;
  bool done_ = false;
};

}  // namespace detail

template <class T>
T Loop::run(Task<T> main) {
  detail::RootTask<T> root(*this, std::move(main));
  run_until(root.done(), root.scope());
  return root.take();
}

}  // namespace penstock::async
