// Instance: one running daemon, as Redis and the other instances see it: a name held by a lease, a
// lane per queue, and whatever all lanes share. Read run() for its life.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "penstock/job/lane.hpp"
#include "penstock/job/lease.hpp"
#include "penstock/job/recovery.hpp"
#include "penstock/job/watcher.hpp"

namespace penstock::job {

struct InstanceOptions {
  std::string name;
  redis::Options redis;  // but for client_name, which tells who is connected
  std::size_t concurrency = 50;
  std::chrono::milliseconds shutdown_timeout{25'000};
  std::vector<std::shared_ptr<const LaneOptions>> lanes;
};

class Instance {
 public:
  explicit Instance(InstanceOptions options);
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  ~Instance();

  /// Works until stop() has taken effect. Errors: NameTaken.
  async::Task<> run();

  /// Drains all lanes, within the shutdown timeout; then cancels what runs. Returns at once; run()
  /// ends when it is done. The second call cancels at once.
  void stop() noexcept;

  /// Stops fetching and finishes what is there; stays up. Again: goes on.
  void toggle_quiet() noexcept;

  /// Adds, removes (drains) and changes lanes. No running job is touched. The Redis options and the
  /// name stay.
  void reconfigure(InstanceOptions options);

  struct LaneStatus {
    std::string queue;
    std::size_t running = 0;
    std::size_t buffered = 0;
    std::size_t undelivered = 0;
    std::uint64_t steps = 0;
    std::size_t concurrency = 0;
    async::CircuitBreaker::State breaker{};
  };
  std::vector<LaneStatus> status() const;

  /// Whether the lease is held and the lanes work.
  bool working() const noexcept { return lease_.held() && started_; }
  bool quiet() const noexcept { return quiet_; }
  redis::Endpoint::Status redis_status() const { return endpoint_.status(); }
  std::size_t running() const noexcept { return slots_.taken(); }
  std::size_t slots() const noexcept { return slots_.total(); }

  /// One line per running job, and where every task stands.
  std::string dump();

 private:
  struct Member;

  async::Task<> work();
  async::Task<> run_lane(std::shared_ptr<Member> member);
  async::Task<> wait_for_end();
  async::Task<> drain_all();
  async::Task<> cancel_when_due();
  void cancel_running(bool at_once) noexcept;
  async::Task<> say_last_words();
  async::Task<> say_last_words(std::shared_ptr<Member> member);
  async::Task<> leave();
  async::Task<> give_back_left(std::string source);
  async::Task<> recover_own(QueueStore& store);
  async::Task<std::vector<std::string>> left_behind();
  async::Task<> flush_counters();
  async::Task<> flush_counters(Member& member);
  async::Task<> flush_patiently(Member& member);
  async::Task<> apply_quiet();
  async::Task<> join(std::shared_ptr<Member> member);
  async::Task<> wait_for_predecessors(const Member& member);
  async::Task<> announce(std::string source);
  void remove_lane(std::shared_ptr<Member> member);
  async::Task<> retire(std::shared_ptr<Member> member);
  void lease_changed(bool held);
  std::map<std::string, std::string> report();
  std::vector<std::shared_ptr<Member>> running_members() const;
  std::vector<std::shared_ptr<Lane>> lanes() const;
  std::vector<std::string> sources() const;

  InstanceOptions options_;
  std::mt19937_64 random_;
  redis::Endpoint endpoint_;
  Slots slots_;
  RedisClock clock_;
  UlidGenerator ids_;  // of Redis' time: a raw job is as old as its slot
  redis::Client client_;
  LaneShared shared_;
  InstanceStore instances_;
  Lease lease_;
  Reaper reaper_;
  Watcher watcher_;
  std::vector<std::shared_ptr<Member>> members_;
  std::map<std::string, async::Event> left_behind_;  // by a former process; set: given back
  std::set<std::string> emptied_;  // sources in which this instance's name holds nothing any more
  async::TaskGroup* group_ = nullptr;
  std::optional<InstanceOptions> reconfigured_;  // before it had settled
  async::Event stopping_;
  async::Event hurry_;
  async::Event lease_regained_;
  bool started_ = false;
  bool settled_ = false;  // what a former process left behind is known
  bool quiet_ = false;
};

}  // namespace penstock::job
