#include "penstock/async/mailbox.hpp"

#include <cassert>
#include <system_error>

namespace penstock::async {

Mailbox::Mailbox(uv_loop_t* loop) {
  async_.data = this;
  const int error = uv_async_init(
      loop, &async_, [](uv_async_t* handle) { static_cast<Mailbox*>(handle->data)->drain(); });
  if (error != 0) {
    throw std::system_error(-error, std::generic_category(), "cannot create an event loop");
  }
  uv_unref(handle());
}

void Mailbox::post(std::move_only_function<void()> work) {
  const std::lock_guard lock(mutex_);
  posted_.push_back(std::move(work));
  // With the lock held: the work may be the last that keeps the loop from its end.
  if (posted_.size() == 1) uv_async_send(&async_);
}

void Mailbox::expect() noexcept {
  if (expected_++ == 0) uv_ref(handle());
}

void Mailbox::unexpect() noexcept {
  assert(expected_ > 0);
  if (--expected_ == 0) uv_unref(handle());
}

void Mailbox::drain() noexcept {
  std::vector<std::move_only_function<void()>> batch;
  {
    const std::lock_guard lock(mutex_);
    batch.swap(posted_);
  }
  for (auto& work : batch) work();
}

}  // namespace penstock::async
