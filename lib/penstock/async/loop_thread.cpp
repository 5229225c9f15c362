#include "penstock/async/loop_thread.hpp"

namespace penstock::async {

LoopThread::LoopThread(LoopOptions options) {
  std::promise<void> ready;
  std::future<void> is_ready = ready.get_future();
  thread_ = std::thread([this, options = std::move(options), ready = std::move(ready)]() mutable {
    work(std::move(options), std::move(ready));
  });
  try {
    is_ready.get();
  } catch (...) {
    thread_.join();
    throw;
  }
}

LoopThread::~LoopThread() {
  loop_->post([this] { stop_->set(); });
  thread_.join();
}

void LoopThread::post(std::move_only_function<void(TaskGroup&)> work) {
  loop_->post([this, work = std::move(work)]() mutable { work(*group_); });
}

void LoopThread::work(LoopOptions options, std::promise<void> ready) {
  std::optional<Loop> loop;
  try {
    loop_ = &loop.emplace(std::move(options));
  } catch (...) {
    ready.set_exception(std::current_exception());
    return;
  }
  loop->run(live(std::move(ready)));
}

Task<> LoopThread::live(std::promise<void> ready) {
  const Loop::External others(*loop_);  // they may always have work
  Event stop;
  co_await task_group([&](TaskGroup& group) -> Task<> {
    group_ = &group;
    stop_ = &stop;
    ready.set_value();
    co_await stop.wait();
    group.cancel();
  });
}

}  // namespace penstock::async
