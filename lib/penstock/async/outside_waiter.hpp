// OutsideWaiter: what a task is suspended on when another thread will wake it. The wake-up comes
// through the mailbox of the task's own loop, which meanwhile does not take itself for deadlocked.
#pragma once

#include <optional>

#include "penstock/async/loop.hpp"

namespace penstock::async {

class OutsideWaiter : public Waiter {
 protected:
  OutsideWaiter() = default;
  ~OutsideWaiter() = default;

  /// Before another thread can know of this waiter; suspend() follows, or it dies unsuspended.
  void expect_outside() {
    home_ = &Loop::current();
    external_.emplace(*home_);
  }

  /// From any thread, once: has arrived() called at home, after suspend() in any case. What was
  /// written here before is seen there. This waiter may be gone when it returns.
  void wake_from_outside() {
    home_->post([this] {
      external_.reset();
      arrived();
    });
  }

  /// At home, when it is certain that no other thread will wake it any more.
  void wake_withdrawn() noexcept {
    external_.reset();
    wake_cancelled();
  }

  /// Calls wake() or wake_cancelled().
  virtual void arrived() noexcept { wake(); }

 private:
  Loop* home_ = nullptr;
  std::optional<Loop::External> external_;
};

}  // namespace penstock::async
