// Lane: one queue at work in this instance. A fetcher feeds a bounded buffer, workers drain it, an
// outbox carries the outcomes back, and a mover brings due jobs to the source. A lane shares with
// the others only the connection and the daemon's slots: a slow or broken queue never slows
// another.
//
//   Redis list ─► Fetcher ─► async::Queue<LiveJob> ─► workers ─► Handler ─► Outcome ─► Outbox ─►
//   Redis
//
// The breaker gates the fetcher: while it is open nothing is fetched, and what is buffered goes
// back unchanged, in order.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "penstock/async/queue.hpp"
#include "penstock/async/task_group.hpp"
#include "penstock/job/counters.hpp"
#include "penstock/job/envelope_compose.hpp"
#include "penstock/job/fetcher.hpp"
#include "penstock/job/lane_options.hpp"
#include "penstock/job/mover.hpp"
#include "penstock/job/outbox.hpp"
#include "penstock/job/prefetch.hpp"
#include "penstock/job/redis_clock.hpp"
#include "penstock/job/slots.hpp"

namespace penstock::job {

/// What all lanes of an instance share.
struct LaneShared {
  redis::Client& client;
  redis::Endpoint& endpoint;
  Slots& slots;
  UlidGenerator& ids;
  RedisClock& clock;
  std::string instance;
  std::function<double()> random;  // from [0, 1), for jitter
};

class Lane {
 public:
  Lane(LaneShared& shared, std::shared_ptr<const LaneOptions> options);
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  ~Lane();

  /// Works until close(), or cancelled.
  async::Task<> run();

  /// Stops fetching; what is buffered goes back to the head of the queue, in order; each worker
  /// gets a sentinel. Returns when the running jobs have ended. Cancellation: at once; the lane
  /// stays stopped.
  async::Task<> drain();

  /// Whether nothing of this queue is left in this instance's name, as far as can be known.
  /// REQUIRES: drained.
  bool empty() const noexcept { return fetcher_.in_step() && outbox_.size() == 0; }

  /// Waits until every outcome is in Redis.
  async::Task<> flushed() { return outbox_.flushed(); }

  /// Ends run(). REQUIRES: drained.
  void close() noexcept { closed_.set(); }

  /// Cancels the running jobs; they go back without a used attempt. `at_once` leaves their
  /// processes no grace.
  void cancel_running(bool at_once) noexcept;

  /// The lease is lost or regained. Without it nothing starts: running jobs are cancelled with no
  /// grace, and all goes back, which changes nothing for a job that another instance has taken
  /// over.
  void set_lease(bool held) noexcept;

  /// Fetches no more, finishes what it has.
  async::Task<> quiet();
  void resume() noexcept { fetcher_.resume(); }

  /// Takes hold at the next job. The source and its end must be the same.
  void configure(std::shared_ptr<const LaneOptions> options);

  const LaneOptions& options() const noexcept { return *options_; }
  QueueStore& store() noexcept { return store_; }
  Mover& mover() noexcept { return mover_; }
  const Counters& counters() const noexcept { return counters_; }
  Counters& counters() noexcept { return counters_; }

  Time redis_time() const noexcept { return shared_.clock.now(async::Loop::current().now()); }
  std::size_t running() const noexcept { return running_; }
  std::size_t buffered() const noexcept { return buffered_; }
  std::size_t undelivered() const noexcept { return outbox_.size(); }
  async::CircuitBreaker::State breaker_state() const noexcept { return breaker_.state(); }

  /// Jobs in their handlers.
  template <class F>
  void for_each_running(F&& f) {
    live_.for_each([&](LiveJob& live) {
      if (live.started) f(live);
    });
  }

  /// Grows when a worker takes a step; a watchdog compares it with running() and buffered().
  std::uint64_t steps() const noexcept { return steps_; }

 private:
  /// A stretch of a worker's life that the lane may cut short.
  struct RunningScope : async::ListHook<async::DefaultTag> {
    explicit RunningScope(async::IntrusiveList<RunningScope>& list) { list.push_back(*this); }
    ~RunningScope() { unlink(); }
    async::CancelScope scope;
  };

  // Workers: lane_workers.cpp
  async::Task<> work();
  bool one_too_many() const noexcept { return draining_ || workers_ > options_->concurrency; }
  async::Task<> process(LiveJobPtr live);
  async::Task<Slots::Permit> wait_for_slot();
  async::Task<bool> charge(LiveJob& live);
  async::Task<> attempt(LiveJobPtr live, async::CircuitBreaker::Permit permit);
  async::Task<std::optional<HandlerEnd>> run_to_end(LiveJob& live);
  async::Task<HandlerEnd> run_handler(LiveJob& live);
  bool ends_unrun(LiveJobPtr& live);
  void tell_breaker(async::CircuitBreaker::Permit permit, const HandlerEnd& end, OutcomeKind kind);

  // Outcomes: lane_outcomes.cpp
  void settle(LiveJobPtr live, const HandlerEnd& end, Outcome outcome);
  void done(LiveJobPtr live, Outcome outcome);
  void retry(LiveJobPtr live, const Outcome& outcome, const ErrorRecord& error);
  void bury(LiveJobPtr live, const ErrorRecord& error);
  void bury_poison(LiveJobPtr live);
  void bury_too_large(LiveJobPtr live);
  void bury_as(LiveJobPtr live, const ErrorRecord& error, std::string envelope);
  void drop(LiveJobPtr live, std::string_view reason);
  void bury_unread(const BadElement& bad, bool adopted);
  void bury_oversize(const Delivery& delivery, bool adopted);
  std::string too_large(std::uint64_t bytes) const;
  LiveJobPtr hold(Job job, bool adopted);
  LiveJobPtr placeholder(const std::string& slot, bool adopted);
  void bury_unrun(LiveJobPtr live, std::string burial, std::string_view reason);
  bool may_start() const noexcept { return lease_held_ && !draining_; }
  void give_back(LiveJobPtr live);
  void hand_back(LiveJobPtr live);
  std::string answer(const LiveJob& live, std::string_view outcome, std::string_view text) const;
  ErrorRecord record(const LiveJob& live, std::string kind, std::string message) const;

  void deliver(Delivery delivery, bool adopted);
  std::uint64_t max_element() const noexcept;
  std::size_t room();
  async::TimePoint breaker_opens_at() const noexcept;
  void on_breaker(async::CircuitBreaker::State from, async::CircuitBreaker::State to);
  void send_waiting_back() noexcept;
  void give_back_buffered();
  void start_workers();

  LaneShared& shared_;
  std::shared_ptr<const LaneOptions> options_;
  Counters counters_;
  QueueStore store_;
  redis::Client doorbell_;
  LiveJobs live_;
  async::Queue<LiveJobPtr> buffer_;  // null is the sentinel
  std::vector<LiveJobPtr> aside_;    // to go back, when the drain knows of all that are
  Slots::Share share_;
  async::CircuitBreaker breaker_;
  Prefetch prefetch_;
  Outbox outbox_;
  Fetcher fetcher_;
  Mover mover_;
  async::TaskGroup* group_ = nullptr;                  // while run() runs
  async::IntrusiveList<RunningScope> waiting_;         // workers with a job in hand and no slot yet
  async::IntrusiveList<RunningScope> running_scopes_;  // workers in a handler
  async::Event hurry_;                                 // cancelled handlers have no grace left
  async::Event workers_gone_;
  async::Event adopted_;
  async::Event closed_;
  std::uint64_t next_sequence_ = 0;
  std::uint64_t steps_ = 0;
  std::size_t buffered_ = 0;  // jobs in buffer_, sentinels left out
  std::size_t workers_ = 0;
  std::size_t idle_workers_ = 0;
  std::size_t running_ = 0;
  bool lease_held_ = true;
  bool draining_ = false;
  bool handing_back_ = false;  // drained: what a last look at Redis still brings is not to run
};

}  // namespace penstock::job
