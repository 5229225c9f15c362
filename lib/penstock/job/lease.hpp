// Lease: the right of this process to the jobs in inflight under its instance's name.
//
// acquire ──► held ── renewed every 5 s ──► held …
//                │ not renewed for 13 s, or the name is someone else's
//                ▼
//              lost: the jobs are given up before another instance may start them (15 s), then
//              acquire again
//
// Time is counted from the sending of the last heartbeat that Redis confirmed: Redis counts from
// when it came, which is later.
#pragma once

#include <functional>
#include <stdexcept>

#include "penstock/async/event.hpp"
#include "penstock/job/instance_store.hpp"
#include "penstock/job/redis_clock.hpp"

namespace penstock::job {

/// Another living daemon has this instance's name.
class NameTaken : public std::runtime_error {
 public:
  NameTaken(const Identity& ours, const Identity& holder);
};

class Lease {
 public:
  static constexpr std::chrono::seconds kTerm = InstanceStore::kTerm;
  static constexpr std::chrono::seconds kBeat = InstanceStore::kBeat;
  static constexpr std::chrono::seconds kBusyBeat{
      2};  // while jobs run: then an outage of ten seconds costs none of them
  static constexpr std::chrono::seconds kGiveUp{13};  // leaves 2 s to end what runs

  using Report = std::map<std::string, std::string>;

  struct Hooks {
    std::function<std::vector<std::string>()> queues;  // source keys that this instance serves
    std::function<Report()> report;                    // what others may read of us
    std::function<bool()> busy;                        // jobs are running
    std::function<void(bool held)> changed;
    std::function<void(std::vector<std::string> silent)> silent;  // instances that have gone quiet
  };

  Lease(InstanceStore& store, RedisClock& clock, Identity identity, Hooks hooks);

  /// Takes the name. A dead process of this machine is succeeded at once; one that cannot be proven
  /// dead is given its lease to renew. Errors: NameTaken. Waits for Redis as long as it takes.
  async::Task<> acquire();

  /// Keeps the name until cancelled. Errors: NameTaken, if it was lost to another.
  async::Task<> run();

  /// Jobs have begun to run: the next heartbeat may be due sooner.
  void hasten() noexcept {
    if (held_) hastened_.set();
  }

  /// Gives the name up. `empty_queues` are those in which it holds nothing any more.
  async::Task<> leave(std::vector<std::string> empty_queues);

  bool held() const noexcept { return held_; }

 private:
  async::Task<bool> try_acquire();
  async::Task<> watch();
  async::Task<> beat();
  async::Task<> wait_for_beat();
  async::TimePoint next_beat() const;
  void set_held(bool held);

  InstanceStore& store_;
  RedisClock& clock_;
  const Identity identity_;
  Hooks hooks_;
  async::Event hastened_;
  Report told_;                   // what Redis has
  async::TimePoint confirmed_{};  // when the last confirmed heartbeat was sent
  async::TimePoint look_at_ = async::TimePoint::max();  // when another instance's lease may run out
  std::string watched_;                                 // token of a holder that may be dead, and
  async::TimePoint watched_since_{};
  bool held_ = false;
};

}  // namespace penstock::job
