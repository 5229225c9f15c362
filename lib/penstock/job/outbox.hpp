// Outbox: outcomes on their way to Redis.
//
// Whatever ends in one turn of the loop, and while an earlier batch is under way, goes out as one
// batch. An outcome stays here until Redis has answered: through restarts, failovers and full
// memory. Each is safe to send again.
#pragma once

#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "penstock/async/event.hpp"
#include "penstock/job/counters.hpp"
#include "penstock/job/lane_options.hpp"
#include "penstock/job/live_job.hpp"
#include "penstock/log/log.hpp"

namespace penstock::job {

class Outbox {
 public:
  Outbox(QueueStore& store, Counters& counters) noexcept : store_(store), counters_(counters) {}

  /// What is to happen in the same step as a job's end. Empty: not that.
  struct Last {
    std::string burial = {};
    std::string result = {};
    std::string reply = {};
  };

  /// The job leaves for good.
  void finish(LiveJobPtr job) { finish(std::move(job), {}); }
  void finish(LiveJobPtr job, Last last);
  void retry(LiveJobPtr job, std::string envelope, std::chrono::milliseconds delay);
  /// `element` empty: as it was fetched.
  void give_back(LiveJobPtr job, std::string element);

  /// Sends until cancelled. The dead set is trimmed at the start, after burials, and with what is
  /// sent an hour after the last time.
  async::Task<> run();

  /// Waits until everything is in Redis. Cancellation: at once.
  async::Task<> flushed();

  void configure(std::shared_ptr<const LaneOptions> options) noexcept {
    options_ = std::move(options);
  }

  std::size_t size() const noexcept { return size_; }
  /// Looks again at what was held back.
  void poke() noexcept {
    if (size_ > 0) waiting_.set();
  }
  /// Called when the outbox has become shorter.
  std::function<void()> on_sent;
  /// Called with the delay of each batch of retries that has been filed.
  std::function<void(std::chrono::milliseconds)> on_retry_filed;

 private:
  struct Entry {
    LiveJobPtr live;
    std::string text = {};  // envelope or element
    std::chrono::milliseconds delay{};
    Last last = {};
    bool repeated = false;  // sent before, and the reply was lost: Redis may have it already
  };
  using Batch = std::vector<Entry>;
  using Send = async::Task<std::size_t> (Outbox::*)(const Batch&);

  void add(Batch& batch, Entry entry);
  async::Task<> send_all();
  async::Task<std::exception_ptr> send(Batch& waiting, Send how);
  static bool may_have_run(const Batch& batch, const redis::Error& error);
  async::Task<std::size_t> send_finished(const Batch& batch);
  async::Task<std::size_t> send_endings(const Batch& batch);
  async::Task<std::size_t> send_retries(const Batch& batch);
  async::Task<std::size_t> send_returns(const Batch& batch);
  async::Task<> trim_dead();
  Batch take_sendable(Batch& waiting);
  void sent(Batch& batch, std::size_t late);

  QueueStore& store_;
  Counters& counters_;
  std::shared_ptr<const LaneOptions> options_;
  Batch finished_;
  Batch endings_;  // finished, with something more to happen
  Batch burials_;
  Batch retries_;
  Batch returns_;
  async::Event waiting_;
  async::Event empty_;
  std::size_t size_ = 0;
  async::TimePoint trim_again_{};
  log::Limiter effect_trouble_{std::chrono::seconds(10)};
  log::Limiter trim_trouble_{std::chrono::seconds(10)};
};

}  // namespace penstock::job
