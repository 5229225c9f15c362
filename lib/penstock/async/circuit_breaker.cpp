#include "penstock/async/circuit_breaker.hpp"

#include <algorithm>
#include <limits>

namespace penstock::async {

CircuitBreaker::CircuitBreaker(Settings settings, Observer observer)
    : settings_(settings), observer_(std::move(observer)) {}

std::expected<CircuitBreaker::Permit, CircuitBreaker::Open> CircuitBreaker::enter(TimePoint now) {
  if (state_ == State::kClosed) return Permit(*this, false);
  if (state_ == State::kOpen) {
    if (now < reopens_at()) return std::unexpected(Open{reopens_at() - now});
    change(State::kHalfOpen);
  }
  if (admits(now) == 0) return std::unexpected(Open{Duration::zero()});
  ++probes_out_;
  return Permit(*this, true);
}

std::size_t CircuitBreaker::admits(TimePoint now) const noexcept {
  const std::size_t probes = std::max<std::size_t>(settings_.probes, 1);
  if (state_ == State::kClosed) return std::numeric_limits<std::size_t>::max();
  if (state_ == State::kOpen) return now < reopens_at() ? 0 : probes;
  return probes - std::min(probes, probes_out_);
}

void CircuitBreaker::open(TimePoint now) {
  if (settings_.failures == 0) return;
  opened_at_ = now;
  change(State::kOpen);
}

void CircuitBreaker::configure(Settings settings) {
  settings_ = settings;
  if (settings_.failures == 0 && state_ != State::kClosed) change(State::kClosed);
}

void CircuitBreaker::change(State to) {
  const State from = std::exchange(state_, to);
  ++generation_;
  probes_out_ = 0;
  failures_.clear();
  if (observer_) observer_(from, to);
}

void CircuitBreaker::succeed(const Permit& permit, TimePoint) {
  if (permit.generation_ != generation_) return;
  failures_.clear();
  if (state_ == State::kHalfOpen) change(State::kClosed);
}

void CircuitBreaker::fail(const Permit& permit, TimePoint now) {
  if (permit.generation_ != generation_) return;
  if (state_ == State::kHalfOpen) return open(now);
  if (settings_.failures == 0) return;
  failures_.push_back(now);
  while (now - failures_.front() > settings_.window) failures_.pop_front();
  if (failures_.size() >= settings_.failures) open(now);
}

void CircuitBreaker::fail_at_once(const Permit& permit, TimePoint now) {
  if (permit.generation_ == generation_) open(now);
}

void CircuitBreaker::abandon(const Permit& permit) noexcept {
  if (permit.probe_ && permit.generation_ == generation_) --probes_out_;
}

const char* to_string(CircuitBreaker::State state) noexcept {
  switch (state) {
    case CircuitBreaker::State::kClosed:
      return "closed";
    case CircuitBreaker::State::kOpen:
      return "open";
    case CircuitBreaker::State::kHalfOpen:
      return "half-open";
  }
  return "unknown";
}

}  // namespace penstock::async
