#include "penstock/job/recovery.hpp"

#include <algorithm>
#include <ranges>
#include <set>

#include "penstock/job/store_retry.hpp"
#include "penstock/log/log.hpp"

namespace penstock::job {
namespace {

// Elements of one batch are in memory at once.
constexpr std::size_t kBatch = 100;

// A blocking call of a dead instance may still be served until it times out in Redis.
constexpr async::Duration kForget = Fetcher::kRing + std::chrono::seconds(10);

/// What becomes of a delivery whose instance died. One that died too often goes back too: a worker
/// buries it unrun, and tells whoever waits for it.
std::string envelope_after_crash(const Delivery& delivery, std::string_view instance, Time now,
                                 bool& unreadable) {
  ErrorRecord error;
  error.at = now;
  error.kind = "crash";
  error.message = "its instance died";
  error.instance = instance;
  auto job = parse_element(delivery.element, delivery.slot);
  unreadable = !job.has_value();
  if (unreadable) {
    error.kind = "unreadable";
    error.message = job.error().reason;
    return compose_unreadable(job.error(), error);
  }
  error.attempt = job->attempt();
  return compose_crash(*job, error);
}

}  // namespace

async::Task<std::size_t> recover(QueueStore& store, std::string_view instance, Time now,
                                 std::function<async::Task<bool>()> still_gone) {
  if (!co_await still_gone()) co_return 0;
  co_await store.adopt_doorbell_of(instance);
  const std::vector<std::string> slots = co_await store.slots_of(instance);
  if (slots.empty() || !co_await still_gone()) co_return 0;
  std::size_t moved = 0;
  for (std::span<const std::string> rest(slots); !rest.empty();) {
    // The latest first: the earliest end up in front.
    const auto batch =
        rest.last(co_await store.fitting(instance, rest.last(std::min(rest.size(), kBatch))));
    rest = rest.first(rest.size() - batch.size());
    const std::vector<Delivery> deliveries = co_await store.deliveries_of(instance, batch);
    std::vector<std::string> envelopes;
    std::vector<Salvage> salvages;
    envelopes.reserve(deliveries.size());
    for (const Delivery& delivery : deliveries) {
      bool bury = false;
      envelopes.push_back(envelope_after_crash(delivery, instance, now, bury));
      salvages.push_back({delivery.slot, delivery.element, envelopes.back(), bury});
    }
    moved += co_await store.salvage(instance, salvages);
  }
  log::warning("recovered the jobs of an instance that is gone",
               {{"queue", store.keys().source()}, {"of", instance}, {"jobs", moved}});
  co_return moved;
}

void Reaper::silent(std::vector<std::string> instances) {
  const async::TimePoint now = async::Loop::current().now();
  const std::set<std::string> named(instances.begin(), instances.end());
  std::erase_if(silent_, [&](const auto& known) { return !named.contains(known.first); });
  for (const std::string& instance : named) {
    if (instance != own_name_ && !silent_.contains(instance))
      silent_.emplace(instance, std::make_shared<Silent>(now));
  }
  if (!silent_.empty()) found_.set();
}

async::Task<> Reaper::run() {
  StoreRetry patience(store_.client());
  for (;;) {
    co_await found_.wait();
    found_.clear();
    co_await patience.until_done([this] { return reap_silent(); });
  }
}

async::Task<> Reaper::reap_silent() {
  const auto silent = silent_;
  for (const auto& [instance, what] : silent) co_await reap(instance, *what);
}

/// Costs Redis nothing when no queue of the instance is served here.
async::Task<> Reaper::reap(std::string instance, Silent& silent) {
  if (!silent.queues) silent.queues = co_await store_.queues_of(instance);
  if (silent.queues->empty()) co_return co_await store_.forget(instance);
  const std::vector<std::shared_ptr<Lane>> lanes = serving(*silent.queues);
  if (lanes.empty() || co_await store_.holder(instance)) co_return;
  co_await store_.cut_off(instance);
  for (const std::shared_ptr<Lane>& lane : lanes) {
    if (!co_await recover_queue(instance, *lane, silent)) continue;
    co_await store_.recovered(instance, lane->options().source);
    std::erase(*silent.queues, lane->options().source);
  }
}

/// True when nothing of `instance` is left there. A queue that cannot be recovered, such as one
/// with a key of the wrong type, holds up no other; the next heartbeat comes back to it.
async::Task<bool> Reaper::recover_queue(std::string_view instance, Lane& lane,
                                        const Silent& silent) {
  const auto still_gone = [&]() -> async::Task<bool> {
    co_return !(co_await store_.holder(instance)).has_value();
  };
  try {
    const std::size_t moved =
        co_await recover(lane.store(), instance, lane.redis_time(), still_gone);
    co_return moved == 0 && async::Loop::current().now() - silent.since > kForget;
  } catch (const redis::Error& error) {
    if (error.transient()) throw;
    trouble_.write(log::Level::kWarning, "the jobs of an instance that is gone cannot be recovered",
                   {{"queue", lane.options().source}, {"of", instance}, {"error", error.what()}});
  }
  co_return false;
}

std::vector<std::shared_ptr<Lane>> Reaper::serving(const std::vector<std::string>& queues) const {
  std::vector<std::shared_ptr<Lane>> lanes = lanes_();
  std::erase_if(lanes, [&](const auto& lane) {
    return std::ranges::find(queues, lane->options().source) == queues.end();
  });
  return lanes;
}

}  // namespace penstock::job
