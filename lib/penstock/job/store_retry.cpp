#include "penstock/job/store_retry.hpp"

#include "penstock/async/sleep.hpp"
#include "penstock/log/log.hpp"

namespace penstock::job {
namespace {

bool is_connection_trouble(const redis::Error& error) {
  switch (error.failure()) {
    case redis::Failure::kUnavailable:
    case redis::Failure::kLost:
    case redis::Failure::kTimeout:
      return true;
    default:
      return false;
  }
}

std::minstd_rand& jitter() {
  thread_local std::minstd_rand random{std::random_device{}()};
  return random;
}

}  // namespace

void StoreRetry::failed(const redis::Error& error) {
  ++failures_;
  if (is_connection_trouble(error)) return;
  static log::Limiter limiter{std::chrono::seconds(10)};
  limiter.write(log::Level::kWarning, "Redis refuses; trying again", {{"error", error.what()}});
}

async::Task<> StoreRetry::wait() {
  if (!client_.connected()) {
    co_await client_.wait_connected();
  } else {
    co_await async::sleep(kBackoff.ceiling(failures_) / 2 + kBackoff.wait(failures_, jitter()) / 2);
  }
}

}  // namespace penstock::job
