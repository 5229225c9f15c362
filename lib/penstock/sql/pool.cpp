#include "penstock/sql/pool.hpp"

#include <cassert>
#include <string>
#include <utility>

#include "penstock/async/loop.hpp"
#include "penstock/async/timeout.hpp"
#include "penstock/sql/error.hpp"
#include "penstock/sql/lease.hpp"

namespace penstock::sql {
namespace {

std::string seconds_of(async::Duration duration) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

/// One more of something, for as long as it lives.
class Counted {
 public:
  explicit Counted(std::size_t& count) noexcept : count_(count) { ++count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --count_; }

 private:
  std::size_t& count_;
};

}  // namespace

Pool::Pool(Target target, Options options)
    : target_(std::move(target)),
      options_(options),
      pace_(options, target_.label()),
      places_(options.pool_size + options.max_overflow),
      closer_(options.close_timeout) {
  assert(options.pool_size + options.max_overflow > 0 && "a pool without a place for anything");
  idle_.reserve(options.pool_size);
}

Pool::~Pool() {
  assert(leases_ == returns_ && in_use_ == 0 &&
         "an engine dies while somebody has a connection of it");
}

async::Task<std::unique_ptr<Lease>> Pool::acquire() {
  check_open();
  try {
    co_return co_await async::with_timeout(options_.pool_timeout, take());
  } catch (const async::Timeout&) {
    timed_out();
  }
}

void Pool::check_open() const {
  if (closed_) throw Error("the engine is closed");
}

void Pool::timed_out() const {
  const std::string time = "no connection in " + seconds_of(options_.pool_timeout);
  if (pace_.reason())
    throw ConnectionError(time + ": " + *pace_.reason(), ConnectionError::Sent::kNo);
  throw PoolTimeout(time + ": all " + std::to_string(options_.pool_size + options_.max_overflow) +
                    " are in use");
}

async::Task<std::unique_ptr<Lease>> Pool::take() {
  for (;;) {
    async::Semaphore::Permit place = places_.try_acquire();
    if (!place) {
      if (waiting_ >= options_.max_waiters)
        throw PoolOverflow(std::to_string(waiting_) + " wait for a connection already");
      const Counted waiting(waiting_);
      place = co_await places_.acquire();
    }
    auto lease = std::make_unique<Lease>(*this, std::move(place));
    while (lease->has_place()) {
      check_open();
      if (!co_await reuse(*lease) && !co_await open(*lease)) continue;
      ++leases_;
      lease->counted_ = true;
      co_return lease;
    }
  }
}

/// False when nothing is idle that lives, or when the place went with something that was closed.
async::Task<bool> Pool::reuse(Lease& lease) {
  while (lease.has_place() && !idle_.empty()) {
    lease.connection_ = std::move(idle_.back());
    idle_.pop_back();
    ++in_use_;
    if (!too_old(*lease.connection_) && co_await alive(*lease.connection_)) co_return true;
    give_up(lease);
  }
  co_return false;
}

bool Pool::too_old(const Connection& connection) const noexcept {
  return async::Loop::current().now() - connection.opened_at() >= options_.pool_recycle;
}

async::Task<bool> Pool::alive(Connection& connection) {
  const Connection::Sight sight = connection.look();
  if (sight == Connection::Sight::kGone) co_return false;
  const async::Duration unused = async::Loop::current().now() - connection.idle_since;
  const bool doubtful = sight == Connection::Sight::kSomething || unused >= options_.pre_ping_after;
  if (!options_.pre_ping || !doubtful) co_return true;
  try {
    co_await async::with_timeout(options_.connect_timeout, connection.ping());
    co_return true;
  } catch (const Error&) {
  } catch (const async::Timeout&) {
  }
  co_return false;
}

/// One attempt. False when it failed, or when something has become idle meanwhile.
async::Task<bool> Pool::open(Lease& lease) {
  if (!lease.has_place()) co_return false;
  const async::Semaphore::Permit turn = co_await pace_.turn();
  if (!idle_.empty() || closed_) co_return false;
  try {
    lease.connection_ = std::make_unique<Connection>(options_);
    ++in_use_;
    co_await lease.connection_->open(target_, options_);
    ++opened_;
    pace_.succeeded();
    co_return true;
  } catch (const ConnectionError& error) {
    if (!error.transient()) throw;
    pace_.failed(error);
  }
  give_up(lease);
  co_return false;
}

/// What becomes idle does so before its place goes to somebody, who then finds it.
void Pool::put_back(Lease& lease) noexcept {
  if (lease.counted_) ++returns_;
  const Connection* connection = lease.connection_.get();
  if (connection == nullptr) return;
  if (!connection->clean() || closed_ || idle_.size() >= options_.pool_size ||
      too_old(*connection)) {
    return give_up(lease);
  }
  lease.connection_->idle_since = async::Loop::current().now();
  idle_.push_back(std::move(lease.connection_));
  --in_use_;
}

void Pool::give_up(Lease& lease) noexcept {
  const std::unique_ptr<Connection> connection = std::move(lease.connection_);
  if (connection == nullptr) return;
  --in_use_;
  if (connection->dead()) return;
  closer_.close(connection->release(), std::move(lease.place_));
}

async::Task<> Pool::close() {
  closed_ = true;
  for (const std::unique_ptr<Connection>& connection : std::exchange(idle_, {}))
    closer_.close(connection->release(), {});
  const auto all = co_await places_.acquire(options_.pool_size + options_.max_overflow);
  co_await closer_.wait_done();
}

Stats Pool::stats() const noexcept {
  return {.leases = leases_,
          .returns = returns_,
          .opened = opened_,
          .idle = idle_.size(),
          .in_use = in_use_,
          .closing = closer_.size(),
          .waiting = waiting_};
}

}  // namespace penstock::sql
