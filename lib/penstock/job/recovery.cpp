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
  std::erase_if(silent_since_, [&](const auto& known) { return !named.contains(known.first); });
  for (const std::string& instance : named) {
    if (instance != own_name_) silent_since_.try_emplace(instance, now);
  }
  if (!silent_since_.empty()) found_.set();
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
  const std::map<std::string, async::TimePoint> silent = silent_since_;
  for (const auto& [instance, since] : silent) co_await reap(instance);
}

async::Task<> Reaper::reap(std::string instance) {
  const std::vector<std::string> sources = co_await store_.queues_of(instance);
  const auto still_gone = [&]() -> async::Task<bool> {
    co_return !(co_await store_.holder(instance)).has_value();
  };
  if (!sources.empty()) co_await store_.cut_off(instance);
  for (const std::shared_ptr<Lane>& lane : lanes_()) {
    const std::string& source = lane->options().source;
    if (std::ranges::find(sources, source) == sources.end()) continue;
    const std::size_t moved =
        co_await recover(lane->store(), instance, lane->redis_time(), still_gone);
    const auto since = silent_since_.find(instance);
    const bool for_long =
        since != silent_since_.end() && async::Loop::current().now() - since->second > kForget;
    if (moved == 0 && for_long) co_await store_.recovered(instance, source);
  }
  if (sources.empty()) co_await store_.forget(instance);
}

}  // namespace penstock::job
