// QueueStore: what can be done to one queue in Redis, one function per script. The scripts say in
// their heads what they touch and why each may be repeated after a lost reply; nothing else in
// Penstock writes to a queue's keys.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/async/task.hpp"
#include "penstock/job/counters.hpp"
#include "penstock/job/policy.hpp"
#include "penstock/job/scripts.hpp"
#include "penstock/job/ulid.hpp"
#include "penstock/redis/client.hpp"

namespace penstock::job {

/// The end of the list that jobs leave from; producers push at the other.
enum class PopEnd : std::uint8_t { kRight, kLeft };

/// An element that this instance now holds, under the slot that names this delivery.
struct Delivery {
  std::string slot;
  std::string element = {};
  std::uint64_t oversize = 0;  // bytes of an element that is over the limit and was not sent
  bool by_doorbell = false;    // brought by a doorbell whose reply may have told of it already
};

struct Fetched {
  std::vector<Delivery> deliveries;
  bool armed = false;  // the source came out empty, and the doorbell waits for the next push
};

/// An element that the doorbell brought: not in inflight before a fetch has adopted it.
struct Rung {
  std::string slot = {};  // empty: there is none
  std::string sha1 = {};  // of the element, in hex
};

/// One job leaving inflight for the retry set.
struct Filing {
  std::string_view slot;
  std::string_view envelope;
  std::chrono::milliseconds delay{};
};

/// One job going back to the head of the source; an empty `element` means unchanged.
struct Return {
  std::string_view slot;
  std::string_view element;
};

/// One job leaving for good, and what is to happen in the same step. Empty: not that.
struct Ending {
  std::string_view slot;
  std::string_view id;
  std::string_view burial;    // the envelope for the dead set; kAsItStands for the element itself
  std::string_view result;    // kept under the job's id
  std::string_view reply_to;  // the list that gets `reply`
  std::string_view reply;
  std::string_view unique;  // the lock that the job held

  static constexpr std::string_view kAsItStands = "=";
};

/// What became of a batch of endings.
struct Ended {
  std::size_t late = 0;    // jobs that were not ours any more: for them nothing has changed
  std::size_t failed = 0;  // results, replies and locks that Redis refused; their jobs have ended
};

/// A job of an instance that is gone, and what becomes of it.
struct Salvage {
  std::string_view slot;
  std::string_view element;   // as it stood when it was read
  std::string_view envelope;  // as it goes on
  bool bury = false;
};

struct Promoted {
  std::size_t moved = 0;
  std::optional<std::chrono::milliseconds> next_due;  // from now, by Redis' clock
};

class QueueStore {
 public:
  /// How many jobs one call to Redis carries: Redis answers nobody else meanwhile.
  static constexpr std::size_t kMostPerCall = 500;
  /// And how many bytes of them, unless the first one alone has more.
  static constexpr std::size_t kMostBytesPerCall = std::size_t{4} << 20U;

  QueueStore(redis::Client& client, std::string source, std::string_view instance, PopEnd pop,
             UlidGenerator& ids);

  const QueueKeys& keys() const noexcept { return keys_; }
  redis::Client& client() noexcept { return client_; }

  /// Takes up to `max` elements, and what the doorbell has brought. With `arm`, an empty source
  /// leaves the doorbell armed. Of an element of more than `limit` bytes only the size comes.
  /// `rung` is what ring() has brought and no fetch() has adopted yet.
  async::Task<Fetched> fetch(std::size_t max, bool arm, std::uint64_t limit, const Rung& rung = {});

  /// Waits on a connection of its own, `doorbell`, for a push to the empty source; nil when none
  /// comes. REQUIRES: armed. What comes is this instance's from that moment, under doorbell_slot(),
  /// and must be adopted by the next fetch.
  redis::Call ring(redis::Client& doorbell, std::chrono::seconds timeout);
  const std::string& doorbell_slot() const noexcept { return bell_; }

  /// Replaces what is held in `slot`; false when it is not ours any more.
  async::Task<bool> charge(std::string_view slot, std::string_view element);

  /// Each of these counts the jobs that were not ours any more: for them nothing has changed.
  async::Task<std::size_t> finish(std::span<const std::string_view> slots);
  async::Task<Ended> finish(std::span<const Ending> jobs, std::chrono::milliseconds ttl);
  async::Task<std::size_t> retry(std::span<const Filing> jobs);
  async::Task<std::size_t> give_back(std::span<const Return> jobs);

  /// Keeps the dead set within its limits. To follow a burial, and now and then for the age.
  async::Task<> trim_dead(const DeadPolicy& policy);
  /// Whether something has been buried from here since the last trim.
  bool has_buried() const noexcept { return has_buried_; }

  /// Moves due jobs of scheduled and retry to the source.
  async::Task<Promoted> promote();

  /// What `instance` holds: the slots, oldest first; then their elements, a batch at a time.
  async::Task<std::vector<std::string>> slots_of(std::string_view instance);
  async::Task<std::vector<Delivery>> deliveries_of(std::string_view instance,
                                                   std::span<const std::string> slots);
  /// How many of `slots`, from the first on or from the last backwards, are as much as one call
  /// should carry; at least 1.
  enum class From : std::uint8_t { kFirst, kLast };
  async::Task<std::size_t> fitting(std::string_view instance, std::span<const std::string> slots,
                                   From from = From::kLast);
  /// Brings what `instance`'s doorbell holds into its inflight.
  async::Task<> adopt_doorbell_of(std::string_view instance);
  /// Returns how many of the jobs were really moved; the others had been moved by someone else.
  async::Task<std::size_t> salvage(std::string_view instance, std::span<const Salvage> jobs);

  /// Adds to the queue's counters. `flush` names this addition: the same one sent again is counted
  /// once.
  async::Task<> add(const Counters& counted, std::string flush);

 private:
  async::Task<Ended> finish_together(std::span<const Ending> jobs, std::chrono::milliseconds ttl);
  async::Task<Ended> finish_alone(Ending job, std::chrono::milliseconds ttl);
  redis::Client& client_;
  QueueKeys keys_;
  std::string instance_;
  std::string inflight_;
  std::string wake_;
  std::string_view pop_;
  UlidGenerator& ids_;
  bool has_buried_ = false;
  std::string bell_;  // the ULID that the doorbell is armed with; empty if it is not
};

}  // namespace penstock::job
