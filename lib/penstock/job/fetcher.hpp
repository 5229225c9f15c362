// Fetcher: the source of a lane. It takes jobs from the queue's list, as many as there is room for,
// and sleeps on the doorbell when the list is empty.
//
//   waiting for room ──► fetching ──► buffer ──► waiting for room …
//        ▲                  │ the list was empty: the doorbell is armed
//        └── a push rings ──┴─► ringing (a blocking call on a connection of its own)
//
// A reply that is lost with its connection may have brought jobs: after each reconnection, and once
// more a little later, what stands in Redis' inflight and is unknown here is taken in. Without the
// lease nothing is touched: all of it may be another process's by now.
#pragma once

#include <functional>

#include "penstock/async/event.hpp"
#include "penstock/job/live_job.hpp"
#include "penstock/job/queue_store.hpp"
#include "penstock/job/store_retry.hpp"

namespace penstock::job {

class Fetcher {
 public:
  /// How long one doorbell call waits. Each renewal costs Redis a command and wakes us, so it is
  /// long; and a call whose connection died unseen stands in line for pushes no longer.
  static constexpr std::chrono::seconds kRing{50};

  struct Hooks {
    std::function<std::size_t()> room;  // how many jobs may come now; 0: wait for poke()
    std::function<async::TimePoint()>
        closed_until;  // a moment to look again although nobody pokes; max() if none
    std::function<void(Delivery, bool adopted)> deliver;  // takes a job in
    std::function<std::uint64_t()> element_limit;         // larger elements are not to be sent here
    std::function<void()> adopted;  // a doorbell's job is in inflight now: its outcome may go
    LiveJobs& live;                 // what this lane holds
  };

  Fetcher(QueueStore& store, redis::Client& doorbell, std::string instance, Hooks hooks);

  /// Fetches until stop() or cancelled; see stop().
  async::Task<> run();

  /// There may be room now, or a reason to look.
  void poke() noexcept {
    if (waiting_) changed_.set();
  }

  /// Fetches no more: no reply is left unread, and the doorbell is taken down. Jobs that a last
  /// reply brings are delivered. If Redis does not let it, run() tries again until it does or is
  /// cancelled.
  async::Task<> stop();
  /// After stop(): whether no job is left in Redis that is not known here.
  bool in_step() const noexcept { return in_step_; }

  /// Fetches no more until resumed; a doorbell call is called off.
  async::Task<> pause();
  void resume() noexcept;

  /// The lease is lost or regained. Lost: a doorbell call is given up at once.
  void set_lease(bool held) noexcept;

 private:
  static constexpr std::uint64_t kNone = static_cast<std::uint64_t>(-1);

  async::Task<> be_patient();
  async::Task<> step();
  async::Task<> wait_for_lease();
  async::Task<> wait_for_room();
  async::Task<> ring();
  async::Task<> call_off();
  async::Task<> take_in_lost();
  async::Task<> leave_in_step();
  async::Task<bool> try_to_leave();
  async::Task<> wait_to_leave();
  async::Task<Fetched> fetch(std::size_t room, bool arm);
  void deliver_new(std::vector<Delivery> deliveries);
  LiveJob* find(std::string_view slot);
  bool out_of_step() const noexcept;
  QueueStore& store_;
  redis::Client& client_;
  redis::Client& doorbell_;
  const std::string instance_;
  Hooks hooks_;
  StoreRetry patience_;
  async::Event changed_;
  async::Event stopped_;
  Rung rung_;
  std::uint64_t generation_ = kNone;  // of the connections that the last take_in_lost() ran on
  async::TimePoint look_again_ = async::TimePoint::max();
  async::CancelScope* patient_ = nullptr;  // while it waits for Redis to recover
  bool waiting_ = false;
  bool ringing_ = false;
  bool armed_ = false;
  bool paused_ = false;
  bool stopping_ = false;
  bool lease_held_ = true;
  bool in_step_ = false;
  bool in_doubt_ = false;  // what a lost connection carried may have run, or may run yet
};

}  // namespace penstock::job
