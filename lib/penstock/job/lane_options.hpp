// What a lane is told about its queue.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "penstock/async/circuit_breaker.hpp"
#include "penstock/job/handler.hpp"
#include "penstock/job/outcome.hpp"
#include "penstock/job/policy.hpp"
#include "penstock/job/queue_store.hpp"

namespace penstock::job {

struct LaneOptions {
  std::string name;
  std::string source;  // the Redis key
  PopEnd pop = PopEnd::kRight;
  std::shared_ptr<Handler> handler;
  std::size_t concurrency = 10;
  std::optional<std::size_t> buffer;  // none: as much as the queue finishes in a few milliseconds
  int priority = 0;
  int weight = 1;
  std::chrono::milliseconds timeout{60'000};
  std::optional<std::chrono::milliseconds> expires;
  RetryPolicy retry;
  async::CircuitBreaker::Settings breaker;
  OutcomeTable outcomes;
  DeadPolicy dead;
  ResultPolicy result;
  int crashes = 3;
  std::uint64_t max_payload = 1U << 20U;
};

}  // namespace penstock::job
