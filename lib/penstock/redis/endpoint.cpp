#include "penstock/redis/endpoint.hpp"

#include <algorithm>
#include <utility>

#include "penstock/async/sleep.hpp"
#include "penstock/redis/uv_network.hpp"

namespace penstock::redis {
namespace {

using async::Duration;
using async::TimePoint;

// A connection that lasts so long was a good one: the next loss begins a new series of pauses.
constexpr std::chrono::seconds kGood{1};

// Between attempts with a password that is refused, or a user who may not do what we must.
constexpr async::Backoff kRefused{std::chrono::seconds(5), std::chrono::seconds(60)};

// At a half-open breaker, which cannot say when the attempt that it let through will end.
constexpr std::chrono::milliseconds kLookAgain{100};

/// The longest pause; a tenth of the time is left for connecting itself.
Duration longest_pause(const Options& options) {
  return options.retry.max - options.retry.max / 10;
}

std::uint64_t seed_of(const Options& options) {
  return options.seed != 0 ? options.seed : std::random_device{}();
}

Duration between(Duration least, Duration most, std::mt19937_64& random) {
  return Duration(
      std::uniform_int_distribution<Duration::rep>(least.count(), most.count())(random));
}

bool is_refusal(const Error& error) {
  return error.failure() == Failure::kAuthentication || error.failure() == Failure::kPermission;
}

}  // namespace

Endpoint::Endpoint(Options options, std::unique_ptr<Network> network)
    : options_(std::move(options)),
      network_(network != nullptr ? std::move(network) : std::make_unique<UvNetwork>()),
      label_(to_string(options_.address)),
      random_(seed_of(options_)),
      breaker_(options_.breaker),
      log_(label_) {}

Endpoint::Status Endpoint::status() const {
  Status status{.connections = connections_,
                .failures = failures_,
                .breaker = breaker_.state(),
                .since = since_,
                .version = version_};
  if (error_) {
    status.failure = error_->failure();
    status.error = error_->what();
  }
  return status;
}

async::Task<Endpoint::Attempt> Endpoint::attempt() {
  while (!up_) {
    if (!probing_) co_return co_await probe();
    co_await probe_ended_.wait();
  }
  Attempt attempt(*this, false);
  if (auto permit = breaker_.enter(async::Loop::current().now())) {
    attempt.permit_.emplace(std::move(*permit));
  }
  co_return attempt;
}

async::Task<Endpoint::Attempt> Endpoint::probe() {
  const async::Loop& loop = async::Loop::current();
  Attempt attempt(*this, true);
  if (next_probe_ > loop.now()) co_await async::sleep_until(next_probe_);
  for (;;) {
    auto permit = breaker_.enter(loop.now());
    if (permit) {
      attempt.permit_.emplace(std::move(*permit));
      co_return attempt;
    }
    co_await async::sleep(std::max<Duration>(permit.error().retry_after, kLookAgain));
  }
}

void Endpoint::disconnected(const Error& error) {
  --connections_;
  if (up_) away(error);
}

void Endpoint::closed() noexcept {
  --connections_;
}

/// A connection that stood was lost: the first of possibly many.
void Endpoint::away(const Error& error) {
  const TimePoint now = async::Loop::current().now();
  failures_ = now - since_ < kGood ? failures_ + 1 : 0;
  up_ = false;
  since_ = now;
  error_ = error;
  next_probe_ = now + pause(error);
  log_.lost(now, error);
}

/// How long the next prober waits.
Duration Endpoint::pause(const Error& error) {
  if (is_refusal(error)) {
    const Duration wait = kRefused.ceiling(failures_ - std::min(failures_, 1U));
    return between(wait, wait + wait / 5, random_);
  }
  return std::min(options_.retry.wait(failures_, random_), longest_pause(options_));
}

/// An open breaker admits the next probe within the longest pause, and not in step with others'.
void Endpoint::jitter_breaker() {
  async::CircuitBreaker::Settings settings = options_.breaker;
  const Duration most = std::min(settings.reset, longest_pause(options_));
  settings.reset = between(most / 2, most, random_);
  breaker_.configure(settings);
}

Endpoint::Attempt::Attempt(Endpoint& endpoint, bool prober) noexcept
    : endpoint_(&endpoint), prober_(prober) {
  if (!prober_) return;
  endpoint.probing_ = true;
  endpoint.probe_ended_.clear();
}

Endpoint::Attempt::Attempt(Attempt&& other) noexcept
    : endpoint_(other.endpoint_),
      prober_(std::exchange(other.prober_, false)),
      permit_(std::move(other.permit_)) {}

Endpoint::Attempt::~Attempt() {
  if (!prober_) return;
  endpoint_->probing_ = false;
  endpoint_->probe_ended_.set();
}

void Endpoint::Attempt::succeeded(std::string version) {
  Endpoint& endpoint = *endpoint_;
  const TimePoint now = async::Loop::current().now();
  ++endpoint.connections_;
  endpoint.version_ = std::move(version);
  if (permit_) permit_->success(now);
  if (std::exchange(endpoint.up_, true)) return;
  endpoint.since_ = now;
  endpoint.error_.reset();
  endpoint.log_.back(now, endpoint.version_);
}

void Endpoint::Attempt::failed(const Error& error) {
  Endpoint& endpoint = *endpoint_;
  const TimePoint now = async::Loop::current().now();
  endpoint.jitter_breaker();
  if (permit_) permit_->failure(now);
  if (endpoint.up_) return endpoint.away(error);
  if (!prober_) return;  // one of a crowd: its failure was counted when the first one's was
  ++endpoint.failures_;
  endpoint.next_probe_ = now + endpoint.pause(error);
  endpoint.error_ = error;
  endpoint.log_.still_away(now, error, async::to_string(endpoint.breaker_.state()));
}

void Endpoint::Attempt::waiting(const Error& error) {
  endpoint_->error_ = error;
  endpoint_->log_.still_away(async::Loop::current().now(), error, "closed");
}

}  // namespace penstock::redis
