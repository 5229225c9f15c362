// CircuitBreaker: stops calling a dependency that is ill, and finds out with a few probes when it
// is well again.
//
//              `failures` in a row within `window`
//    closed ────────────────────────────────────────► open
//      ▲                                               │ `reset` has passed
//      │ a probe succeeds                              ▼
//      └────────────────────────────────────────── half-open ──► open again when a probe fails
//
// Half-open lets exactly `probes` calls through at a time. Each change of state begins a new
// generation: a result of an older one (a call that was under way when the breaker opened) changes
// nothing.
//
// "In a row" means that a success forgets the failures before it: a healthy service with a small
// share of errors never trips.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <optional>
#include <utility>

#include "penstock/async/clock.hpp"

namespace penstock::async {

class CircuitBreaker {
 public:
  enum class State { kClosed, kOpen, kHalfOpen };

  struct Settings {
    std::size_t failures = 5;  // 0: never opens, not even by trip()
    Duration window = std::chrono::seconds(30);
    Duration reset = std::chrono::seconds(60);
    std::size_t probes = 1;  // at least 1: without a probe an open breaker would never close
  };

  /// The answer of an open breaker.
  struct Open {
    Duration retry_after;  // zero in half-open: as soon as a probe has ended
  };

  /// The right to make one call, and the place to say how it went. Dropped without a word, as when
  /// the call is cancelled, it counts neither way, and a probe is given back.
  /// REQUIRES: the breaker outlives it.
  class [[nodiscard]] Permit {
   public:
    Permit(CircuitBreaker& breaker, bool probe) noexcept
        : breaker_(&breaker), generation_(breaker.generation_), probe_(probe) {}
    Permit(Permit&& other) noexcept
        : breaker_(std::exchange(other.breaker_, nullptr)),
          generation_(other.generation_),
          probe_(other.probe_) {}
    Permit& operator=(Permit&& other) noexcept {
      std::swap(breaker_, other.breaker_);
      std::swap(generation_, other.generation_);
      std::swap(probe_, other.probe_);
      return *this;
    }
    ~Permit() {
      if (breaker_ != nullptr) breaker_->abandon(*this);
    }

    bool probe() const noexcept { return probe_; }
    /// One word a permit; a second one is ignored.
    void success(TimePoint now) {
      if (breaker_ != nullptr) std::exchange(breaker_, nullptr)->succeed(*this, now);
    }
    void failure(TimePoint now) {
      if (breaker_ != nullptr) std::exchange(breaker_, nullptr)->fail(*this, now);
    }
    /// A failure that opens the breaker whatever the count: the other side cannot work.
    void trip(TimePoint now) {
      if (breaker_ != nullptr) std::exchange(breaker_, nullptr)->fail_at_once(*this, now);
    }

   private:
    friend class CircuitBreaker;
    CircuitBreaker* breaker_;
    std::uint64_t generation_;
    bool probe_;
  };

  /// Called on every change of state, after it. It must not call the breaker, and not throw.
  using Observer = std::function<void(State from, State to)>;

  explicit CircuitBreaker(Settings settings, Observer observer = {});
  CircuitBreaker(const CircuitBreaker&) = delete;
  CircuitBreaker& operator=(const CircuitBreaker&) = delete;

  /// Asks to make a call at `now`. An open breaker whose `reset` has passed turns half-open here.
  std::expected<Permit, Open> enter(TimePoint now);

  /// How many calls enter() would let through at `now`; SIZE_MAX when closed.
  std::size_t admits(TimePoint now) const noexcept;

  State state() const noexcept { return state_; }
  /// When an open breaker turns half-open.
  TimePoint reopens_at() const noexcept { return later(opened_at_, settings_.reset); }
  /// Takes hold at the next call; the state and the failures counted so far stay. A breaker that
  /// may no longer open closes.
  void configure(Settings settings);

 private:
  void change(State to);
  void succeed(const Permit& permit, TimePoint now);
  void fail(const Permit& permit, TimePoint now);
  void fail_at_once(const Permit& permit, TimePoint now);
  void open(TimePoint now);
  void abandon(const Permit& permit) noexcept;

  Settings settings_;
  Observer observer_;
  State state_ = State::kClosed;
  std::uint64_t generation_ = 0;
  std::size_t probes_out_ = 0;
  TimePoint opened_at_{};
  std::deque<TimePoint> failures_;  // since the last success, at most settings_.failures
};

/// "closed", "open", "half-open": the words of logs and of the status.
const char* to_string(CircuitBreaker::State state) noexcept;

}  // namespace penstock::async
