#include "penstock/job/lane.hpp"

#include <algorithm>

#include "penstock/job/instance_store.hpp"
#include "penstock/log/log.hpp"

namespace penstock::job {
namespace {

// The queue's own bound never bites: the fetcher asks for no more than there is room for. It is
// there for the sentinels.
constexpr std::size_t kBufferBound = std::size_t{1} << 20;

// Of an envelope: ten errors of 4 KiB each, escaped, and what a producer may add.
constexpr std::uint64_t kMostBesidesPayload = std::uint64_t{512} << 10U;

// Outcomes that cannot be delivered hold fetching back: what they free in the buffer is not free in
// Redis.
constexpr std::size_t kMostUndelivered = 4096;

/// A reload may give the queue another name.
class QueueTag final : public log::TagSource {
 public:
  explicit QueueTag(const std::shared_ptr<const LaneOptions>& options) : options_(options) {}
  void tags(log::TagVisitor& visitor) const override { visitor.tag("queue", options_->name); }

 private:
  const std::shared_ptr<const LaneOptions>& options_;
};

}  // namespace

Lane::Lane(LaneShared& shared, std::shared_ptr<const LaneOptions> options)
    : shared_(shared),
      options_(std::move(options)),
      store_(shared.client, options_->source, shared.instance, options_->pop, shared.ids),
      doorbell_(shared.endpoint, {.name = std::string(InstanceStore::kDoorbell) + options_->name}),
      buffer_(kBufferBound),
      share_(shared.slots, options_->priority, options_->weight),
      breaker_(options_->breaker, [this](auto from, auto to) { on_breaker(from, to); }),
      prefetch_(options_->buffer),
      outbox_(store_, counters_),
      fetcher_(store_, doorbell_, shared.instance,
               {.room = [this] { return room(); },
                .closed_until = [this] { return breaker_opens_at(); },
                .deliver = [this](Delivery delivery,
                                  bool adopted) { deliver(std::move(delivery), adopted); },
                .element_limit = [this] { return max_element(); },
                .adopted =
                    [this] {
                      outbox_.poke();
                      adopted_.set();
                      adopted_.clear();
                    },
                .live = live_}),
      mover_(store_) {
  outbox_.configure(options_);
  outbox_.on_sent = [this] { fetcher_.poke(); };
  outbox_.on_retry_filed = [this](std::chrono::milliseconds delay) { mover_.filed(delay); };
}

Lane::~Lane() = default;

async::Task<> Lane::run() {
  const QueueTag tag(options_);
  const log::Scope scope(tag);
  co_await async::task_group([this](async::TaskGroup& group) -> async::Task<> {
    group_ = &group;
    group.spawn(doorbell_.run(), "doorbell");
    group.spawn(outbox_.run(), "outbox");
    group.spawn(mover_.run(), "mover");
    group.spawn(fetcher_.run(), "fetcher");
    start_workers();
    co_await closed_.wait();
    group.cancel();
  });
  group_ = nullptr;
}

void Lane::start_workers() {
  while (workers_ < options_->concurrency) {
    ++workers_;
    group_->spawn(work(), "worker");
  }
  for (std::size_t surplus = workers_; surplus > options_->concurrency; --surplus)
    buffer_.try_put(nullptr);
}

async::Task<> Lane::drain() {
  draining_ = true;
  if (hurry_.is_set()) cancel_running(true);  // what has started since it was told to hurry
  send_waiting_back();
  co_await fetcher_.stop();
  handing_back_ = true;
  give_back_buffered();
  for (LiveJobPtr& live : std::exchange(aside_, {})) hand_back(std::move(live));
  for (std::size_t sentinel = workers_; sentinel > 0; --sentinel) buffer_.try_put(nullptr);
  if (workers_ > 0) co_await workers_gone_.wait();
}

async::Task<> Lane::quiet() {
  co_await fetcher_.pause();
}

void Lane::configure(std::shared_ptr<const LaneOptions> options) {
  options_ = std::move(options);
  share_.configure(options_->priority, options_->weight);
  breaker_.configure(options_->breaker);
  prefetch_.configure(options_->buffer);
  outbox_.configure(options_);
  if (group_ != nullptr && !draining_) start_workers();
  fetcher_.poke();
}

void Lane::cancel_running(bool at_once) noexcept {
  if (at_once) hurry_.set();
  running_scopes_.for_each([](RunningScope& running) { running.scope.cancel(); });
}

void Lane::set_lease(bool held) noexcept {
  lease_held_ = held;
  fetcher_.set_lease(held);
  if (held) {
    hurry_.clear();
    return;
  }
  cancel_running(true);
  send_waiting_back();
  give_back_buffered();
}

// ---- fetching

std::size_t Lane::room() {
  if (draining_ || !lease_held_ || outbox_.size() > kMostUndelivered) return 0;
  prefetch_.adapt(async::Loop::current().now());
  const std::size_t capacity = prefetch_.capacity();
  const std::size_t held = buffered_;
  const std::size_t wanted = capacity + idle_workers_;
  if (held >= wanted || (held > 0 && held > capacity / 2)) return 0;
  const std::size_t allowed = breaker_.admits(async::Loop::current().now());
  return std::min({wanted - held, Prefetch::kMost, allowed > held ? allowed - held : 0});
}

async::TimePoint Lane::breaker_opens_at() const noexcept {
  return breaker_.state() == async::CircuitBreaker::State::kOpen ? breaker_.reopens_at()
                                                                 : async::TimePoint::max();
}

void Lane::deliver(Delivery delivery, bool adopted) {
  if (std::max<std::uint64_t>(delivery.oversize, delivery.element.size()) > max_element()) {
    return bury_oversize(delivery, adopted);
  }
  auto job = parse_element(std::move(delivery.element), std::move(delivery.slot));
  if (!job) return bury_unread(job.error(), adopted);
  if (job->payload().size() > options_->max_payload)
    return bury_too_large(hold(std::move(*job), adopted));
  if (!adopted) job->rang_at = redis_time();
  LiveJobPtr live = hold(std::move(*job), adopted);
  if (!may_start()) return give_back(std::move(live));
  ++buffered_;
  buffer_.try_put(std::move(live));
}

/// Room for a payload that became base64, and for the history that comes with it.
std::uint64_t Lane::max_element() const noexcept {
  return options_->max_payload / 3 * 4 + kMostBesidesPayload;
}

/// Every job that this instance has in Redis' inflight stands in live_.
LiveJobPtr Lane::hold(Job job, bool adopted) {
  auto live = std::make_unique<LiveJob>(std::move(job), options_);
  live->sequence = next_sequence_++;
  live->adopted = adopted;
  live_.push_back(*live);
  return live;
}

// ---- the breaker

void Lane::on_breaker(async::CircuitBreaker::State from, async::CircuitBreaker::State to) {
  using State = async::CircuitBreaker::State;
  log::write(to == State::kOpen ? log::Level::kWarning : log::Level::kInfo, "breaker",
             {{"from", async::to_string(from)}, {"to", async::to_string(to)}});
  if (to == State::kOpen) {
    send_waiting_back();
    give_back_buffered();
  }
  fetcher_.poke();
}

void Lane::send_waiting_back() noexcept {
  waiting_.for_each([](RunningScope& waiting) { waiting.scope.cancel(); });
}

void Lane::give_back_buffered() {
  std::size_t sentinels = 0;
  while (auto live = buffer_.try_get()) {
    if (*live) {
      --buffered_;
      give_back(std::move(*live));
    } else {
      ++sentinels;
    }
  }
  for (; sentinels > 0; --sentinels) buffer_.try_put(nullptr);
}

}  // namespace penstock::job
