// Admission: how many requests may be under way, to one host and in all.
//
// They wait here and not in libcurl, whose queue lets a busy host hold back requests to others.
#pragma once

#include <cassert>
#include <map>
#include <string>
#include <utility>

#include "penstock/async/semaphore.hpp"
#include "penstock/async/task.hpp"

namespace penstock::http {

class Admission {
 public:
  /// REQUIRES: neither is 0.
  Admission(std::size_t per_host, std::size_t in_all) noexcept
      : per_host_(per_host), in_all_(in_all) {
    assert(per_host > 0 && in_all > 0 && "a limit of no requests is none");
  }

  class Slot;
  /// Waits for a place: at the host first, so that who waits for a busy one takes nothing from the
  /// others. Order: first come, first served, among those for one host. Cancellation: at once; a
  /// place that was granted is given back.
  async::Task<Slot> enter(std::string origin);

  /// Hosts with requests under way or waiting.
  std::size_t hosts() const noexcept { return lanes_.size(); }

 private:
  struct Lane {
    explicit Lane(std::size_t count) noexcept : places(count) {}
    async::Semaphore places;
    std::size_t visitors = 0;
  };
  using Lanes = std::map<std::string, Lane>;

  /// While one lives, its lane does.
  class Visit {
   public:
    Visit(Lanes& lanes, Lanes::iterator lane) noexcept : lanes_(&lanes), lane_(lane) {
      ++lane_->second.visitors;
    }
    Visit(Visit&& other) noexcept
        : lanes_(std::exchange(other.lanes_, nullptr)), lane_(other.lane_) {}
    Visit& operator=(Visit&& other) = delete;
    ~Visit() {
      if (lanes_ != nullptr && --lane_->second.visitors == 0) lanes_->erase(lane_);
    }
    async::Semaphore& places() const noexcept { return lane_->second.places; }

   private:
    Lanes* lanes_;
    Lanes::iterator lane_;
  };

  const std::size_t per_host_;
  async::Semaphore in_all_;
  Lanes lanes_;
};

/// The right to have one request under way.
class Admission::Slot {
 public:
  using Permit = async::Semaphore::Permit;
  Slot(Visit visit, Permit at_host, Permit in_all) noexcept
      : visit_(std::move(visit)), at_host_(std::move(at_host)), in_all_(std::move(in_all)) {}

 private:
  Visit visit_;  // outlives the permit of its lane
  Permit at_host_;
  Permit in_all_;
};

inline async::Task<Admission::Slot> Admission::enter(std::string origin) {
  Visit visit(lanes_, lanes_.try_emplace(std::move(origin), per_host_).first);
  Slot::Permit at_host = co_await visit.places().acquire();
  Slot::Permit in_all = co_await in_all_.acquire();
  co_return Slot(std::move(visit), std::move(at_host), std::move(in_all));
}

}  // namespace penstock::http
