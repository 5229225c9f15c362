#include "penstock/job/fetcher.hpp"

#include <array>
#include <unordered_set>

#include "penstock/async/sleep.hpp"
#include "penstock/async/timeout.hpp"
#include "penstock/log/log.hpp"

namespace penstock::job {
namespace {

// A command of a connection that we gave up may still be read by a Redis that was stopped. By then
// it has been.
constexpr std::chrono::seconds kSecondLook{6};

constexpr std::size_t kTakeInBatch = 200;

// The unblocking command may overtake the blocking one, which leaves by another connection.
constexpr std::chrono::milliseconds kUnblockAgain{10};

}  // namespace

Fetcher::Fetcher(QueueStore& store, redis::Client& doorbell, std::string instance, Hooks hooks)
    : store_(store),
      client_(store.client()),
      doorbell_(doorbell),
      instance_(std::move(instance)),
      hooks_(std::move(hooks)),
      patience_(client_) {}

async::Task<> Fetcher::run() {
  while (!stopping_) {
    try {
      co_await step();
      patience_.succeeded();
      continue;
    } catch (const redis::Error& error) {
      patience_.failed(error);
    }
    if (!stopping_) co_await be_patient();
  }
  co_await take_down_doorbell();
  exited_.set();
}

/// Waits before the next try, unless stop() cuts it short.
async::Task<> Fetcher::be_patient() {
  async::CancelScope scope;
  patient_ = &scope;
  try {
    co_await patience_.wait();
  } catch (const async::Cancelled&) {
    patient_ = nullptr;
    if (scope.pending_outside()) throw;
  }
  patient_ = nullptr;
}

async::Task<> Fetcher::step() {
  if (out_of_step()) co_await take_in_lost();
  if (rung_.empty()) co_await wait_for_room();
  const std::size_t room = stopping_ || paused_ ? 0 : hooks_.room();
  if (room == 0 && rung_.empty()) co_return;
  Fetched fetched = co_await fetch(room, room > 0);
  deliver_new(std::move(fetched.deliveries));
  while (armed_ && rung_.empty() && !stopping_ && !paused_ && !out_of_step()) co_await ring();
}

/// Fetches; a job that the doorbell brought goes into inflight by it, so that job's outcome may
/// follow on this connection.
async::Task<Fetched> Fetcher::fetch(std::size_t room, bool arm) {
  if (LiveJob* live = rung_.empty() ? nullptr : find(rung_))
    live->adopting_generation = client_.generation();
  Fetched fetched = co_await async::shield(store_.fetch(room, arm, hooks_.element_limit()));
  armed_ = fetched.armed;
  if (LiveJob* live = rung_.empty() ? nullptr : find(rung_))
    live->adopting_generation = LiveJob::kInInflight;
  std::erase_if(fetched.deliveries, [&](const Delivery& delivery) {
    return delivery.by_doorbell && delivery.slot == rung_;
  });
  if (!std::exchange(rung_, {}).empty()) hooks_.adopted();
  co_return fetched;
}

async::Task<> Fetcher::wait_for_room() {
  while (!stopping_ && (paused_ || hooks_.room() == 0)) {
    const async::TimePoint look = std::min(hooks_.closed_until(), look_again_);
    changed_.clear();
    waiting_ = true;
    try {
      co_await async::with_deadline(look, changed_.wait());
    } catch (const async::Timeout&) {
    }
    waiting_ = false;
    if (out_of_step()) co_return;
  }
}

async::Task<> Fetcher::ring() {
  ringing_ = true;
  try {
    redis::Reply reply = co_await async::shield(store_.ring(doorbell_, kRing));
    ringing_ = false;
    if (reply.is_nil()) co_return;
    rung_ = store_.doorbell_slot();
    hooks_.deliver({rung_, std::move(reply.string())}, client_.generation());
    if (find(rung_) == nullptr) leave_rung();
  } catch (...) {
    ringing_ = false;
    throw;
  }
}

/// What the doorbell brought was not taken in: it stays there for the next fetch, as if the reply
/// had been lost.
void Fetcher::leave_rung() noexcept {
  rung_.clear();
  armed_ = false;
}

/// Ends a blocking call that is under way. Its reply may still bring a job, which ring() delivers.
async::Task<> Fetcher::call_off() {
  while (ringing_) {
    const std::string id = std::to_string(doorbell_.id());

    try {
      co_await client_.call({"CLIENT", "UNBLOCK", id});
    } catch (const redis::Error&) {
      doorbell_.abort();
    }
    if (ringing_) co_await async::sleep(kUnblockAgain);
  }
}

async::Task<> Fetcher::stop() {
  stopping_ = true;
  changed_.set();
  if (patient_ != nullptr) patient_->cancel();
  co_await call_off();
  co_await exited_.wait();
}

async::Task<> Fetcher::pause() {
  paused_ = true;
  changed_.set();
  co_await call_off();
}

void Fetcher::resume() noexcept {
  paused_ = false;
  changed_.set();
}

bool Fetcher::out_of_step() const noexcept {
  return generation_ != client_.generation() + doorbell_.generation() ||
         async::Loop::current().now() >= look_again_;
}

async::Task<> Fetcher::take_in_lost() {
  const std::uint64_t generation = client_.generation() + doorbell_.generation();
  const bool first_look = generation != generation_;
  deliver_new((co_await fetch(0, false)).deliveries);
  std::vector<std::string> unknown = co_await store_.slots_of(instance_);
  std::unordered_set<std::string_view> held;
  hooks_.live.for_each([&](LiveJob& live) { held.insert(live.job.slot); });
  std::erase_if(unknown, [&](const std::string& slot) { return held.contains(slot); });
  if (!unknown.empty())
    log::warning("taking in jobs whose delivery was lost", {{"jobs", unknown.size()}});
  for (std::span<const std::string> rest(unknown); !rest.empty();) {
    const auto batch = rest.first(std::min(rest.size(), kTakeInBatch));
    deliver_new(co_await store_.deliveries_of(instance_, batch));
    rest = rest.subspan(batch.size());
  }
  generation_ = generation;
  look_again_ = first_look ? async::Loop::current().now() + kSecondLook : async::TimePoint::max();
}

async::Task<> Fetcher::take_down_doorbell() {
  if (!armed_) co_return;
  try {
    deliver_new((co_await fetch(0, false)).deliveries);
  } catch (const redis::Error&) {
    // What it holds is taken in by the next instance of this name, or by a reaper.
  }
}

void Fetcher::deliver_new(std::vector<Delivery> deliveries) {
  for (Delivery& delivery : deliveries) {
    if (delivery.by_doorbell && find(delivery.slot) != nullptr) continue;
    hooks_.deliver(std::move(delivery), LiveJob::kInInflight);
  }
}

LiveJob* Fetcher::find(std::string_view slot) {
  LiveJob* found = nullptr;
  hooks_.live.for_each([&](LiveJob& live) {
    if (live.job.slot == slot) found = &live;
  });
  return found;
}

}  // namespace penstock::job
