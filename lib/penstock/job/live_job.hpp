// A job that this instance holds: fetched, and not yet settled in Redis.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "penstock/async/clock.hpp"
#include "penstock/async/intrusive_list.hpp"
#include "penstock/job/envelope.hpp"

namespace penstock::job {

struct LaneOptions;

///   fetched ──► buffered ──► running ──► outbox ──► gone
///                  │            │          ▲
///                  └────────────┴── given back (shutdown, breaker)
///
/// Every live job of a lane stands in the lane's list, wherever it is: what stands in Redis'
/// inflight hash and not in this list was fetched by a call whose reply was lost.
struct LiveJob : async::ListHook<async::DefaultTag> {
  Job job;
  std::shared_ptr<const LaneOptions> options;  // as they were when it started
  std::uint64_t sequence = 0;     // order of fetching; jobs that are given back go in this order
  bool started = false;           // a handler has seen this run
  async::TimePoint started_at{};  // valid once started

  /// A job that came by the doorbell stands in Redis' wake list until a fetch has adopted it into
  /// inflight; its outcome waits for that.
  bool adopted = true;

  /// What stands in Redis may bear a crash that has not been.
  bool charged = false;

  LiveJob(Job fetched, std::shared_ptr<const LaneOptions> lane)
      : job(std::move(fetched)), options(std::move(lane)) {}
  ~LiveJob() {
    if (linked()) unlink();
  }
};

using LiveJobPtr = std::unique_ptr<LiveJob>;
using LiveJobs = async::IntrusiveList<LiveJob>;

}  // namespace penstock::job
