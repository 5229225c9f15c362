// Recovery: the jobs of an instance that is gone run again, each with one more crash to its name;
// after too many it is buried as poison.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "penstock/job/instance_store.hpp"
#include "penstock/job/lane.hpp"
#include "penstock/log/log.hpp"

namespace penstock::job {

/// Brings what `instance` held of a queue back to its head; `now` is Redis' time. What `still_gone`
/// says before anything is touched, and again just after the slots have been read, decides: what an
/// instance takes after it has come back is not touched, as its slots were not among those read.
/// Returns how many jobs were brought back or buried. Errors: redis::Error; what was done until
/// then stays done.
async::Task<std::size_t> recover(QueueStore& store, std::string_view instance, Time now,
                                 std::function<async::Task<bool>()> still_gone);

/// Recovers the jobs of other instances that have gone silent, of the queues that this one serves.
class Reaper {
 public:
  using Lanes = std::function<std::vector<std::shared_ptr<Lane>>()>;

  Reaper(InstanceStore& store, std::string own_name, Lanes lanes)
      : store_(store), own_name_(std::move(own_name)), lanes_(std::move(lanes)) {}

  /// These have not been heard of for a lease. Wakes run().
  void silent(std::vector<std::string> instances);

  /// Reaps until cancelled.
  async::Task<> run();

 private:
  struct Silent {
    async::TimePoint since;
    std::optional<std::vector<std::string>> queues = {};  // may hold jobs of its; none: not asked
  };

  async::Task<> reap_silent();
  async::Task<> reap(std::string instance, Silent& silent);
  async::Task<bool> recover_queue(std::string_view instance, Lane& lane, const Silent& silent);
  std::vector<std::shared_ptr<Lane>> serving(const std::vector<std::string>& queues) const;

  InstanceStore& store_;
  const std::string own_name_;
  Lanes lanes_;
  async::Event found_;
  std::map<std::string, std::shared_ptr<Silent>> silent_;
  log::Limiter trouble_{std::chrono::seconds(10)};
};

}  // namespace penstock::job
