#include "penstock/job/instance.hpp"

#include <algorithm>

#include "penstock/async/gather.hpp"
#include "penstock/async/sleep.hpp"
#include "penstock/async/timeout.hpp"
#include "penstock/job/instance_member.hpp"
#include "penstock/job/store_retry.hpp"
#include "penstock/log/log.hpp"

namespace penstock::job {
namespace {

using namespace std::chrono_literals;

// What outcomes are worth waiting for, once nothing runs any more and Redis does not answer.
constexpr auto kLastWords = 2s;

constexpr auto kFlushCounters = 1s;

InstanceOptions with_client_name(InstanceOptions options) {
  options.redis.client_name = InstanceStore::client_name(options.name);
  return options;
}

/// What stands behind `name:` in an answer to INFO.
std::string_view info_field(std::string_view info, std::string_view name) {
  const std::size_t at = info.find("\n" + std::string(name) + ":");
  if (at == std::string_view::npos) return {};
  info.remove_prefix(at + name.size() + 2);
  return info.substr(0, info.find('\r'));
}

/// A Redis that drops keys when its memory is full drops jobs. One that does not tell is believed.
async::Task<> warn_of_eviction(redis::Connected& redis) {
  try {
    const redis::Reply reply = co_await redis.call({"INFO", "memory"});
    const std::string_view policy = info_field(reply.string(), "maxmemory_policy");
    if (policy.empty() || policy == "noeviction" || info_field(reply.string(), "maxmemory") == "0")
      co_return;
    log::warning("Redis drops keys, and so jobs, when its memory is full: let it have noeviction",
                 {{"maxmemory_policy", policy}});
  } catch (const redis::Error&) {
  }
}

}  // namespace

Instance::Instance(InstanceOptions options)
    : options_(with_client_name(std::move(options))),
      random_(std::random_device{}()),
      endpoint_(options_.redis),
      slots_(options_.concurrency, [this] { lease_.hasten(); }),
      ids_(UlidGenerator::of([this] { return clock_.now(async::Loop::current().now()); })),
      client_(endpoint_, {.on_connect = [this](redis::Connected& redis) -> async::Task<> {
                watcher_.look_again();
                co_await warn_of_eviction(redis);
              }}),
      shared_{.client = client_,
              .endpoint = endpoint_,
              .slots = slots_,
              .ids = ids_,
              .clock = clock_,
              .instance = options_.name,
              .random = [this] { return std::uniform_real_distribution<double>(0, 1)(random_); }},
      instances_(client_),
      lease_(instances_, clock_,  // ids_ waits for Redis' time: its ids never go back
             Identity::of_this_process(options_.name, UlidGenerator::of_system().next()),
             {.queues = [this] { return sources(); },
              .report = [this] { return report(); },
              .busy = [this] { return slots_.taken() > 0; },
              .changed = [this](bool held) { lease_changed(held); },
              .silent =
                  [this](std::vector<std::string> silent) { reaper_.silent(std::move(silent)); }}),
      reaper_(instances_, options_.name, [this] { return lanes(); }),
      watcher_(endpoint_, client_, [this] { return lanes(); }) {
  for (const auto& lane : options_.lanes)
    members_.push_back(std::make_shared<Member>(shared_, lane));
}

Instance::~Instance() = default;

async::Task<> Instance::run() {
  co_await async::task_group([this](async::TaskGroup& group) -> async::Task<> {
    group_ = &group;
    group.spawn(client_.run(), "redis");
    group.spawn(work(), "instance");
    co_await wait_for_end();
    group.cancel();
  });
  group_ = nullptr;
}

async::Task<> Instance::work() {
  co_await lease_.acquire();
  group_->spawn(lease_.run(), "lease");
  for (const auto& member : members_) group_->spawn(join(member), "lane");
  started_ = true;
  log::info("working", {{"queues", members_.size()}, {"redis", endpoint_.label()}});
  group_->spawn(reaper_.run(), "reaper");
  group_->spawn(watcher_.run(), "watcher");
  group_->spawn(flush_counters(), "counters");
  for (const std::string& source : co_await left_behind()) {
    left_behind_.try_emplace(source);
    group_->spawn(give_back_left(source), "left behind");
  }
  settled_ = true;
  if (reconfigured_) reconfigure(*std::exchange(reconfigured_, {}));
}

async::Task<> Instance::run_lane(std::shared_ptr<Member> member) {
  if (stopping_.is_set()) co_return;  // nobody would drain it
  member->running = true;
  member->lane->set_lease(lease_.held());
  emptied_.erase(member->lane->options().source);
  watcher_.look_again();
  co_await member->lane->run();
  if (member->lane->empty()) emptied_.insert(member->lane->options().source);
  std::erase(members_, member);
  member->gone.set();
  watcher_.look_again();
}

// ---- recovery of what a former process of this name held

/// A queue that cannot be recovered, such as one with a key of the wrong type, holds up no other,
/// but itself when a reload adds it.
async::Task<> Instance::give_back_left(std::string source) {
  log::warning("giving back the jobs of a queue that is not in the configuration any more",
               {{"queue", source}});
  QueueStore store(client_, source, options_.name, PopEnd::kRight, ids_);
  co_await recover_own(store);
  emptied_.insert(source);
  left_behind_.at(source).set();
}

/// Queues that a former process of this name served and this one does not.
async::Task<std::vector<std::string>> Instance::left_behind() {
  std::vector<std::string> queues;
  co_await StoreRetry(client_).until_done(
      [&]() -> async::Task<> { queues = co_await instances_.queues_of(options_.name); });
  const std::vector<std::string> ours = sources();
  std::erase_if(queues, [&](const std::string& queue) {
    return std::ranges::find(ours, queue) != ours.end();
  });
  co_return queues;
}

/// Only with the lease: without it another process may be at these jobs.
async::Task<> Instance::recover_own(QueueStore& store) {
  bool ours = false;
  const auto still_ours = [&]() -> async::Task<bool> { co_return ours = lease_.held(); };
  StoreRetry patience(client_);
  while (!ours) {
    while (!lease_.held()) co_await lease_regained_.wait();
    co_await patience.until_done([&]() -> async::Task<> {
      co_await recover(store, options_.name, clock_.now(async::Loop::current().now()), still_ours);
    });
  }
}

void Instance::lease_changed(bool held) {
  if (held) {
    lease_regained_.set();
  } else {
    lease_regained_.clear();
  }
  for (const auto& member : members_) member->lane->set_lease(held);
}

// ---- the end

void Instance::stop() noexcept {
  if (stopping_.is_set()) hurry_.set();
  stopping_.set();
}

async::Task<> Instance::wait_for_end() {
  co_await stopping_.wait();
  log::info("stopping", {{"running", slots_.taken()}});
  if (!started_) co_return;
  co_await drain_all();
  co_await say_last_words();
}

async::Task<> Instance::drain_all() {
  co_await async::task_group([this](async::TaskGroup& group) -> async::Task<> {
    group.spawn(cancel_when_due(), "patience");
    std::vector<async::Task<void>> drains;
    for (const auto& lane : lanes()) drains.push_back(lane->drain());
    co_await async::gather(std::move(drains));
    group.cancel();
  });
}

/// Running jobs have the shutdown timeout, then their grace; a second stop() leaves them neither.
async::Task<> Instance::cancel_when_due() {
  bool hurried = true;
  try {
    co_await async::with_timeout(options_.shutdown_timeout, hurry_.wait());
  } catch (const async::Timeout&) {
    hurried = false;
  }
  log::warning("cancelling what still runs", {{"running", slots_.taken()}});
  cancel_running(hurried);
  if (hurried) co_return;
  co_await hurry_.wait();
  cancel_running(true);
}

void Instance::cancel_running(bool at_once) noexcept {
  for (const auto& member : members_) member->lane->cancel_running(at_once);
}

/// All lanes at once: a Redis that hangs costs the wait of one.
async::Task<> Instance::say_last_words() {
  const std::vector<std::shared_ptr<Member>> members = running_members();
  std::vector<async::Task<void>> words;
  for (const auto& member : members) words.push_back(say_last_words(member));
  co_await async::gather(std::move(words));
  std::size_t undelivered = 0;
  for (const auto& member : members) {
    undelivered += member->lane->undelivered();
    co_await member->gone.wait();
  }
  if (undelivered > 0)
    log::warning("Redis has not taken every outcome: those jobs will run again",
                 {{"jobs", undelivered}});
  co_await leave();
}

/// A lane's outcomes and counters, if Redis takes them in time; then the lane ends.
async::Task<> Instance::say_last_words(std::shared_ptr<Member> member) {
  try {
    co_await async::with_timeout(kLastWords, member->lane->flushed());
    co_await async::with_timeout(kLastWords, flush_counters(*member));
  } catch (const async::Timeout&) {
  } catch (const redis::Error&) {
  }
  member->lane->close();
}

/// Queues in which jobs of ours may be left stay in the register, for a reaper.
async::Task<> Instance::leave() {
  try {
    co_await async::with_timeout(kLastWords, lease_.leave({emptied_.begin(), emptied_.end()}));
  } catch (const async::Timeout&) {
  } catch (const redis::Error&) {
  }
}

// ---- while it works

void Instance::toggle_quiet() noexcept {
  quiet_ = !quiet_;
  log::info(quiet_ ? "quiet: fetching no more" : "fetching again");
  if (group_ != nullptr) group_->spawn(apply_quiet(), "quiet");
}

async::Task<> Instance::apply_quiet() {
  for (const std::shared_ptr<Lane>& lane : lanes()) {
    if (quiet_) {
      co_await lane->quiet();
    } else {
      lane->resume();
    }
  }
}

void Instance::reconfigure(InstanceOptions options) {
  if (stopping_.is_set()) return;
  if (!settled_) {
    reconfigured_ = std::move(options);
    return;
  }
  options_.shutdown_timeout = options.shutdown_timeout;
  slots_.resize(options.concurrency);
  for (const auto& member : std::vector(members_)) {
    if (member->leaving) continue;
    const auto same = std::ranges::find_if(options.lanes, [&](const auto& lane) {
      return lane->source == member->lane->options().source &&
             lane->pop == member->lane->options().pop;
    });
    if (same == options.lanes.end()) {
      remove_lane(member);
    } else {
      member->lane->configure(*same);
      options.lanes.erase(same);
    }
  }
  for (auto& lane : options.lanes) {
    members_.push_back(std::make_shared<Member>(shared_, std::move(lane)));
    group_->spawn(join(members_.back()), "lane");
  }
}

/// A queue comes to work, unless a reload has removed it by then.
async::Task<> Instance::join(std::shared_ptr<Member> member) {
  co_await wait_for_predecessors(*member);
  co_await announce(member->lane->options().source);
  co_await recover_own(member->lane->store());
  if (member->leaving) {
    std::erase(members_, member);
    member->gone.set();
    co_return;
  }
  if (quiet_) co_await member->lane->quiet();
  co_await run_lane(member);
}

/// A lane that is leaving may still use the same list: its jobs are not to be recovered.
async::Task<> Instance::wait_for_predecessors(const Member& member) {
  const auto left = left_behind_.find(member.lane->options().source);
  if (left != left_behind_.end()) co_await left->second.wait();
  const std::vector<std::shared_ptr<Member>> all = members_;
  for (const auto& other : all) {
    if (other.get() == &member) co_return;
    if (other->lane->options().source == member.lane->options().source) co_await other->gone.wait();
  }
}

/// Says in the register that jobs of this queue may be ours.
async::Task<> Instance::announce(std::string source) {
  co_await StoreRetry(client_).until_done(
      [&]() -> async::Task<> { co_await instances_.add_queues(options_.name, {source}); });
}

void Instance::remove_lane(std::shared_ptr<Member> member) {
  member->leaving = true;
  if (!member->running) return;  // join() sees it
  log::info("queue removed; draining it", {{"queue", member->lane->options().name}});
  group_->spawn(retire(std::move(member)), "retire");
}

/// With all the time that Redis may take: the others go on.
async::Task<> Instance::retire(std::shared_ptr<Member> member) {
  co_await member->lane->drain();
  co_await member->lane->flushed();
  co_await say_last_words(std::move(member));
}

async::Task<> Instance::flush_counters() {
  StoreRetry patience(client_);
  for (;;) {
    co_await async::sleep(kFlushCounters);
    co_await patience.until_done([this]() -> async::Task<> {
      for (const auto& member : running_members()) co_await flush_patiently(*member);
    });
  }
}

/// Where Redis refuses, such as a key of the wrong type, the counters wait and hold up no other's.
async::Task<> Instance::flush_patiently(Member& member) {
  try {
    co_await flush_counters(member);
  } catch (const redis::Error& error) {
    if (error.transient()) throw;
    static log::Limiter limiter{10s};
    limiter.write(log::Level::kWarning, "the counters of a queue cannot be kept",
                  {{"queue", member.lane->options().name}, {"error", error.what()}});
  }
}

async::Task<> Instance::flush_counters(Member& member) {
  while (!member.flush.empty() || member.flushed != member.lane->counters()) {
    if (member.flush.empty()) {
      member.flushing = member.lane->counters();
      member.flush = ids_.next();
    }
    co_await member.lane->store().add(member.flushing - member.flushed, member.flush);
    member.flushed = member.flushing;
    member.flush.clear();
  }
}

std::vector<std::shared_ptr<Instance::Member>> Instance::running_members() const {
  std::vector<std::shared_ptr<Member>> running = members_;
  std::erase_if(running, [](const auto& member) { return !member->running; });
  return running;
}

std::vector<std::shared_ptr<Lane>> Instance::lanes() const {
  std::vector<std::shared_ptr<Lane>> all;
  for (const auto& member : running_members()) all.push_back(member->lane);
  return all;
}

std::vector<std::string> Instance::sources() const {
  std::vector<std::string> all;
  for (const auto& member : members_) all.push_back(member->lane->options().source);
  return all;
}

}  // namespace penstock::job
