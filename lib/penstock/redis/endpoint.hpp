// Endpoint: one Redis server as several clients share it. It decides who may try to connect and
// when, and speaks for all of them in the log and in the status.
//
//            a connection is lost, or an attempt fails
//     up ──────────────────────────────────────────────► away
//      ▲   all connect at once                             │  one prober at a time, after a pause
//      └───────────────────────────────────────────────────┘  with full jitter; the others wait
//                     the prober succeeds
//
// The breaker counts failed attempts. Open, it spaces the probes evenly instead of by backoff; the
// pause is never longer than Options::retry.max, which bounds how long a Redis that is back goes
// unnoticed. A wrong password is tried again after 5 s, then 10 s, up to 60 s.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "penstock/async/event.hpp"
#include "penstock/async/task.hpp"
#include "penstock/redis/error.hpp"
#include "penstock/redis/options.hpp"
#include "penstock/redis/outage_log.hpp"
#include "penstock/redis/transport.hpp"

namespace penstock::redis {

class Endpoint {
 public:
  /// `network` null: the real one.
  explicit Endpoint(Options options, std::unique_ptr<Network> network = nullptr);
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  const Options& options() const noexcept { return options_; }
  Network& network() noexcept { return *network_; }
  /// The address as messages have it.
  const std::string& label() const noexcept { return label_; }

  struct Status {
    std::size_t connections = 0;  // established now
    unsigned failures = 0;        // attempts that failed since the last good connection
    async::CircuitBreaker::State breaker = async::CircuitBreaker::State::kClosed;
    async::TimePoint since{};             // when it came up, or was lost
    std::optional<Failure> failure = {};  // of the last loss or attempt, while away
    std::string error = {};
    std::string version = {};  // of the server, as it said last
  };
  Status status() const;

  /// The right to try to connect, and the place to say how it went; dropped without a word it
  /// counts for nothing.
  class [[nodiscard]] Attempt {
   public:
    Attempt(Endpoint& endpoint, bool prober) noexcept;
    Attempt(Attempt&& other) noexcept;
    Attempt& operator=(Attempt&& other) = delete;
    ~Attempt();

    /// The connection stands. disconnected() or closed() must follow.
    void succeeded(std::string version);
    void failed(const Error& error);
    /// Still waiting for Redis to be ready.
    void waiting(const Error& error);

   private:
    friend class Endpoint;
    Endpoint* endpoint_;
    bool prober_;
    std::optional<async::CircuitBreaker::Permit> permit_;
  };

  /// Waits until the caller may try. Order: first come, first served. Cancellation: at once.
  async::Task<Attempt> attempt();

  /// An established connection was lost.
  void disconnected(const Error& error);
  /// An established connection was closed on purpose.
  void closed() noexcept;

 private:
  async::Task<Attempt> probe();
  void away(const Error& error);
  async::Duration pause(const Error& error);
  void jitter_breaker();

  Options options_;
  std::unique_ptr<Network> network_;
  std::string label_;
  std::mt19937_64 random_;
  async::CircuitBreaker breaker_;
  OutageLog log_;
  async::Event probe_ended_;
  async::TimePoint next_probe_{};
  async::TimePoint since_{};
  std::optional<Error> error_;
  std::string version_;
  std::size_t connections_ = 0;
  unsigned failures_ = 0;
  bool up_ = false;
  bool probing_ = false;
};

}  // namespace penstock::redis
