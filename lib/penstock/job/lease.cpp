#include "penstock/job/lease.hpp"

#include "penstock/async/sleep.hpp"
#include "penstock/async/task_group.hpp"
#include "penstock/async/timeout.hpp"
#include "penstock/job/store_retry.hpp"
#include "penstock/log/log.hpp"

namespace penstock::job {
namespace {

using namespace std::chrono_literals;

constexpr auto kLookAgain = 500ms;  // at a holder whose lease may run out

std::string sentence(const Identity& ours, const Identity& holder) {
  return "instance name \"" + ours.instance + "\" is taken by a running daemon (host " +
         holder.host + ", pid " + holder.pid +
         "): stop it, or give this one a name of its own with `instance:`";
}

}  // namespace

NameTaken::NameTaken(const Identity& ours, const Identity& holder)
    : std::runtime_error(sentence(ours, holder)) {}

Lease::Lease(InstanceStore& store, RedisClock& clock, Identity identity, Hooks hooks)
    : store_(store), clock_(clock), identity_(std::move(identity)), hooks_(std::move(hooks)) {}

async::Task<> Lease::acquire() {
  co_await StoreRetry(store_.client()).until_done([this]() -> async::Task<> {
    co_await store_.client().wait_connected();
    while (!co_await try_acquire()) co_await async::sleep(kLookAgain);
  });
}

/// False: the holder may be dead; look again.
async::Task<bool> Lease::try_acquire() {
  const async::TimePoint sent = async::Loop::current().now();
  const std::optional<Identity> holder = co_await store_.holder(identity_.instance);
  const bool dead = holder && (holder->token == identity_.token || holder->proven_dead());
  if (holder && !dead) {
    if (watched_ != holder->token) {
      watched_ = holder->token;
      watched_since_ = sent;
    }
    // A dead one would have been forgotten by now: whoever renews this lives.
    if (sent - watched_since_ > kTerm + kBeat) throw NameTaken(identity_, *holder);
    if (holder->proven_alive()) throw NameTaken(identity_, *holder);
    co_return false;
  }
  const std::optional<Time> taken =
      co_await store_.take(identity_, dead ? holder->token : "", hooks_.queues());
  if (!taken) co_return false;
  clock_.read(*taken, async::Loop::current().now());
  confirmed_ = sent;
  set_held(true);
  co_return true;
}

async::Task<> Lease::run() {
  co_await async::task_group([this](async::TaskGroup& group) -> async::Task<> {
    group.spawn(watch(), "lease watch");
    StoreRetry patience(store_.client());
    for (;;) {
      co_await patience.until_done([this] { return beat(); });
      co_await wait_for_beat();
    }
  });
}

async::TimePoint Lease::next_beat() const {
  if (!held_) return confirmed_;
  return std::min(confirmed_ + (hooks_.busy() ? kBusyBeat : kBeat), look_at_);
}

async::Task<> Lease::wait_for_beat() {
  while (async::Loop::current().now() < next_beat()) {
    hastened_.clear();
    try {
      co_await async::with_deadline(next_beat(), hastened_.wait());
    } catch (const async::Timeout&) {
    }
  }
}

/// Gives the jobs up in time when no heartbeat gets through.
async::Task<> Lease::watch() {
  for (;;) {
    co_await async::sleep_until(held_ ? confirmed_ + kGiveUp
                                      : async::Loop::current().now() + kBeat);
    if (held_ && async::Loop::current().now() >= confirmed_ + kGiveUp) {
      log::error(
          "no heartbeat has reached Redis for too long: giving up what runs, before others start "
          "it",
          {{"seconds", std::chrono::seconds(kGiveUp).count()}});
      set_held(false);
    }
  }
}

async::Task<> Lease::beat() {
  const async::TimePoint sent = async::Loop::current().now();
  auto report = hooks_.report();
  Beat answer = co_await store_.renew(identity_, report == told_ ? Report() : report);
  clock_.read(answer.now, async::Loop::current().now());
  if (answer.held) {
    confirmed_ = sent;
    set_held(true);
    told_ = std::move(report);
  } else if (held_ && answer.vacant && sent - confirmed_ < kTerm &&
             co_await store_.take(identity_, "", hooks_.queues())) {
    // Nobody could take what had not run out.
    log::warning("Redis has lost what it knew of this instance; was it emptied?");
    confirmed_ = sent;
    told_.clear();
  } else {
    log::warning("the lease is lost: what runs is given up");
    set_held(false);
    co_await acquire();
  }
  look_at_ = answer.next_silence ? async::Loop::current().now() + *answer.next_silence
                                 : async::TimePoint::max();
  hooks_.silent(std::move(answer.silent));
}

void Lease::set_held(bool held) {
  if (held == held_) return;
  held_ = held;
  told_.clear();
  hooks_.changed(held);
}

async::Task<> Lease::leave(std::vector<std::string> empty_queues) {
  set_held(false);
  co_await store_.leave(identity_, empty_queues);
}

}  // namespace penstock::job
