// A lane as its instance keeps it. Private to Instance.
#pragma once

#include "penstock/job/instance.hpp"

namespace penstock::job {

/// A lane, and where it stands between being wanted and being gone:
///
///   joining (waits for its predecessor on the same list, recovers) ─► running ─► gone
struct Instance::Member {
  explicit Member(LaneShared& shared, std::shared_ptr<const LaneOptions> options)
      : lane(std::make_shared<Lane>(shared, std::move(options))) {}

  std::shared_ptr<Lane> lane;
  Counters flushed;   // what has been added to Redis' counters
  Counters flushing;  // what an addition under way, named `flush`, comes up to
  std::string flush;
  async::Event gone;
  bool running = false;
  bool leaving = false;  // no longer in the configuration
};

}  // namespace penstock::job
