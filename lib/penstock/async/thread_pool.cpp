#include "penstock/async/thread_pool.hpp"

#include <algorithm>
#include <system_error>

namespace penstock::async {

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::submit(Job& job) {
  const std::lock_guard lock(mutex_);
  queue_.push_back(&job);
  if (idle_ < queue_.size() && threads_.size() < limit_) {
    add_thread();
  } else {
    wake_.notify_one();
  }
}

void ThreadPool::add_thread() {
  try {
    threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    if (!threads_.empty()) return;  // the threads there are will come to it
    queue_.pop_back();
    throw;
  }
}

bool ThreadPool::withdraw(Job& job) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(queue_, &job);
  if (found == queue_.end()) return false;
  queue_.erase(found);
  return true;
}

void ThreadPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    --idle_;
    if (queue_.empty()) return;
    Job* job = queue_.front();
    queue_.pop_front();
    lock.unlock();
    job->run();
    lock.lock();
  }
}

}  // namespace penstock::async
