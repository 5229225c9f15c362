// InstanceStore: what instances say of themselves in Redis: who holds a name, when it was last
// heard of, which queues it serves.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/async/task.hpp"
#include "penstock/job/identity.hpp"
#include "penstock/job/ulid.hpp"
#include "penstock/redis/client.hpp"

namespace penstock::job {

/// An instance's own answer to its heartbeat.
struct Beat {
  bool held = false;                     // the name is still ours
  bool vacant = false;                   // nobody has it
  Time now{};                            // Redis' clock
  std::vector<std::string> silent = {};  // instances not heard of for a lease
  /// When the next one that has missed a heartbeat will have been silent for so long.
  std::optional<std::chrono::milliseconds> next_silence = {};
};

class InstanceStore {
 public:
  static constexpr std::string_view kDoorbell = "doorbell:";  // and a queue: a connection's purpose

  static constexpr std::chrono::seconds kTerm{15};  // an instance is forgotten after so long
  static constexpr std::chrono::seconds kBeat{5};   // and is heard of at least so often

  explicit InstanceStore(redis::Client& client) noexcept : client_(client) {}

  redis::Client& client() noexcept { return client_; }

  /// What an instance's connections are called in Redis, before a colon and their purpose.
  static std::string client_name(std::string_view instance) {
    return "penstock:" + std::string(instance);
  }

  /// Ends the doorbell calls of an instance that is gone: Redis may go on serving them for as long
  /// as they wait, and hand it what is being recovered. Where that is not permitted it is left.
  async::Task<> cut_off(std::string_view instance);

  /// Who holds the name now.
  async::Task<std::optional<Identity>> holder(std::string_view instance);

  /// Takes the name if nobody holds it, or if `dead` (a token that was seen and judged dead) does.
  /// `queues` are the source keys it may come to hold jobs of. Redis' time if it was taken.
  async::Task<std::optional<Time>> take(const Identity& identity, std::string_view dead,
                                        const std::vector<std::string>& queues);

  /// Says that we live; `report` are fields for others to read.
  async::Task<Beat> renew(const Identity& identity,
                          const std::map<std::string, std::string>& report);

  /// Gives the name up. `queues` are those in which it holds nothing any more; of the others a
  /// reaper will look for its jobs.
  async::Task<> leave(const Identity& identity, const std::vector<std::string>& queues);

  async::Task<> add_queues(std::string_view instance, const std::vector<std::string>& queues);

  /// Which of `instance`'s queues may still hold jobs of its.
  async::Task<std::vector<std::string>> queues_of(std::string_view instance);

  /// Forgets an instance that has no queues left.
  async::Task<> forget(std::string_view instance) { return recovered(instance, {}); }

  /// Says that nothing of `instance` is left in `queue`; the last queue forgets the instance.
  async::Task<> recovered(std::string_view instance, std::string_view queue);

 private:
  async::Task<> listen(Beat& beat);

  redis::Client& client_;
};

}  // namespace penstock::job
