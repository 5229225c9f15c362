// Work handed to a loop by other threads: a locked list and one uv_async_t. One wake-up serves a
// whole batch.
#pragma once

#include <uv.h>

#include <functional>
#include <mutex>
#include <vector>

namespace penstock::async {

class Mailbox {
 public:
  /// Errors: std::system_error when the process has no descriptor left.
  explicit Mailbox(uv_loop_t* loop);
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// Thread-safe. `work` runs on the loop's thread.
  void post(std::move_only_function<void()> work);

  /// Counts results that are still to come from other threads; the loop waits while there are any.
  void expect() noexcept;
  void unexpect() noexcept;
  bool expecting() const noexcept { return expected_ > 0; }

  uv_handle_t* handle() noexcept { return reinterpret_cast<uv_handle_t*>(&async_); }

 private:
  void drain() noexcept;

  uv_async_t async_{};
  std::mutex mutex_;
  std::vector<std::move_only_function<void()>> posted_;  // guarded by mutex_
  std::size_t expected_ = 0;                             // the loop's thread only
};

}  // namespace penstock::async
