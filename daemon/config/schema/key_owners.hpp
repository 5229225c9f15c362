// Which queue uses which Redis key: finds two queues that would take each other's jobs, or each
// other's bookkeeping for jobs.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "daemon/config/schema/scope.hpp"

namespace penstock::config {

class KeyOwners {
 public:
  /// `queue` is the scope of the queue that takes its jobs from `key`. Complains if another does.
  void add(const std::string& key, const Scope& queue);

  /// Complains about each key that is one which Penstock makes of another queue's: orders:retry is
  /// where the queue of orders keeps its retries.
  void check_suffixes() const;

 private:
  struct Owner {
    std::string queue;
    Scope at;  // the queue's `list`, or the queue itself where it has none
    std::size_t offset;
    std::string to_text() const;
  };

  /// The owner of the key that `key` is made from.
  const Owner* maker_of(std::string_view key) const;

  std::map<std::string, Owner, std::less<>> owners_;
};

}  // namespace penstock::config
