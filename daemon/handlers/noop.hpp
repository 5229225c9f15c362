// noop: does nothing, or waits. For measuring and for trying things out.
#pragma once

#include "penstock/async/sleep.hpp"
#include "penstock/job/handler.hpp"

namespace penstock::handlers {

class NoopHandler final : public job::Handler {
 public:
  explicit NoopHandler(std::chrono::milliseconds wait) noexcept : wait_(wait) {}

  async::Task<job::HandlerEnd> run(const job::Attempt&) override {
    if (wait_ > wait_.zero()) co_await async::sleep(wait_);
    co_return job::HandlerEnd{};
  }

 private:
  const std::chrono::milliseconds wait_;
};

}  // namespace penstock::handlers
