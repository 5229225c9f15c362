#include "penstock/job/fetcher.hpp"

#include <algorithm>
#include <unordered_set>

#include "penstock/async/sleep.hpp"
#include "penstock/async/timeout.hpp"
#include "penstock/log/log.hpp"
#include "penstock/redis/sha1.hpp"

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
      in_doubt_ = in_doubt_ || error.may_have_run();
      if (!lease_held_) continue;
      patience_.failed(error);
    }
    if (!stopping_) co_await be_patient();
  }
  co_await leave_in_step();
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
  if (!lease_held_) co_return co_await wait_for_lease();
  if (out_of_step()) co_await take_in_lost();
  if (rung_.slot.empty()) co_await wait_for_room();
  const std::size_t room = stopping_ || paused_ ? 0 : hooks_.room();
  if ((room == 0 && rung_.slot.empty()) || !lease_held_) co_return;
  Fetched fetched = co_await fetch(room, room > 0);
  deliver_new(std::move(fetched.deliveries));
  while (armed_ && rung_.slot.empty() && !stopping_ && !paused_ && !out_of_step()) co_await ring();
}

/// Fetches, and has the job that the doorbell brought adopted: from then on its outcome may go.
async::Task<Fetched> Fetcher::fetch(std::size_t room, bool arm) {
  Fetched fetched = co_await async::shield(store_.fetch(room, arm, hooks_.element_limit(), rung_));
  armed_ = fetched.armed;
  const Rung rung = std::exchange(rung_, {});
  if (rung.slot.empty()) co_return fetched;
  std::erase_if(fetched.deliveries, [&](const Delivery& delivery) {
    return delivery.by_doorbell && delivery.slot == rung.slot;
  });
  if (LiveJob* live = find(rung.slot)) live->adopted = true;
  hooks_.adopted();
  co_return fetched;
}

async::Task<> Fetcher::wait_for_lease() {
  while (!stopping_ && !lease_held_) {
    changed_.clear();
    waiting_ = true;
    co_await changed_.wait();
    waiting_ = false;
  }
}

async::Task<> Fetcher::wait_for_room() {
  while (!stopping_ && lease_held_ && (paused_ || hooks_.room() == 0)) {
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

/// Until the second look is due, at most. REQUIRES: not out of step.
async::Task<> Fetcher::ring() {
  ringing_ = true;
  try {
    const async::Duration patience = look_again_ - async::Loop::current().now();
    const auto seconds = std::min(kRing, std::chrono::ceil<std::chrono::seconds>(patience));
    redis::Reply reply = co_await async::shield(store_.ring(doorbell_, seconds));
    ringing_ = false;
    if (reply.is_nil()) co_return;
    armed_ = false;
    if (!lease_held_) co_return;  // it stays where it is, as if the reply had been lost
    rung_ = {store_.doorbell_slot(), redis::sha1_hex(reply.string())};
    hooks_.deliver({rung_.slot, std::move(reply.string())}, false);
    co_await async::yield_now();  // its handler starts before the next fetch is prepared
  } catch (...) {
    ringing_ = false;
    throw;
  }
}

/// Ends a blocking call that is under way. Its reply may still bring a job, which ring() delivers.
async::Task<> Fetcher::call_off() {
  while (ringing_ && (paused_ || stopping_)) {
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
  co_await stopped_.wait();
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

void Fetcher::set_lease(bool held) noexcept {
  lease_held_ = held;
  changed_.set();
  if (held) {
    generation_ = kNone;  // others may have been at what was held
  } else {
    doorbell_.abort();
  }
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
    const auto some = rest.first(std::min(rest.size(), kTakeInBatch));
    const auto batch =
        some.first(co_await store_.fitting(instance_, some, QueueStore::From::kFirst));
    deliver_new(co_await store_.deliveries_of(instance_, batch));
    rest = rest.subspan(batch.size());
  }
  if (!first_look) in_doubt_ = false;
  generation_ = generation;
  look_again_ = first_look ? async::Loop::current().now() + kSecondLook : async::TimePoint::max();
}

/// A last fetch that takes nothing but what is lost or rang. The outcome of what rang waits for it,
/// so it is tried until it succeeds; stop() waits for the first try.
async::Task<> Fetcher::leave_in_step() {
  while (!co_await try_to_leave()) {
    stopped_.set();
    co_await wait_to_leave();
  }
  in_step_ = !in_doubt_;
  stopped_.set();
}

async::Task<bool> Fetcher::try_to_leave() {
  if (!lease_held_) co_return false;
  try {
    if (out_of_step()) {
      co_await take_in_lost();
    } else if (armed_ || !rung_.slot.empty()) {
      deliver_new((co_await fetch(0, false)).deliveries);
    }
  } catch (const redis::Error& error) {
    in_doubt_ = in_doubt_ || error.may_have_run();
    patience_.failed(error);
    co_return false;
  }
  co_return true;
}

async::Task<> Fetcher::wait_to_leave() {
  if (lease_held_) co_return co_await patience_.wait();
  changed_.clear();
  co_await changed_.wait();
}

void Fetcher::deliver_new(std::vector<Delivery> deliveries) {
  for (Delivery& delivery : deliveries) {
    if (delivery.by_doorbell && find(delivery.slot) != nullptr) continue;
    hooks_.deliver(std::move(delivery), true);
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
