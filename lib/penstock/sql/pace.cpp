#include "penstock/sql/pace.hpp"

#include <utility>

#include "penstock/async/loop.hpp"
#include "penstock/async/sleep.hpp"
#include "penstock/log/log.hpp"

namespace penstock::sql {
namespace {

/// Between two lines about one outage.
constexpr std::chrono::seconds kSilence{30};

}  // namespace

Pace::Pace(const Options& options, std::string server)
    : backoff_(options.retry),
      server_(std::move(server)),
      random_(options.seed != 0 ? options.seed : std::random_device{}()) {}

async::Task<async::Semaphore::Permit> Pace::turn() {
  if (!reason_) co_return async::Semaphore::Permit();
  async::Semaphore::Permit turn = co_await one_.acquire();
  if (!reason_) co_return async::Semaphore::Permit();  // it is back: those behind need not queue
  if (next_ > async::Loop::current().now()) co_await async::sleep_until(next_);
  co_return turn;
}

void Pace::succeeded() {
  if (reason_) log::info("database is back", {{"server", server_}});
  reason_.reset();
  failures_ = 0;
}

void Pace::failed(const ConnectionError& error) {
  const async::TimePoint now = async::Loop::current().now();
  next_ = now + backoff_.wait(failures_++, random_);
  if (!reason_ || now - spoke_ >= kSilence) {
    spoke_ = now;
    log::warning("database is away", {{"server", server_}, {"error", error.what()}});
  }
  reason_ = error.what();
}

}  // namespace penstock::sql
