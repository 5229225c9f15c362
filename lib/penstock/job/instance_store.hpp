// InstanceStore: what instances say of themselves in Redis: who holds a name, when it was last
// heard of, which queues it serves.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/async/task.hpp"
#include "penstock/job/ulid.hpp"
#include "penstock/redis/client.hpp"

namespace penstock::job {

/// Who a process is: enough to tell, on the same machine, whether it still lives.
struct Identity {
  std::string instance;
  std::string token = {};  // of this process, new with each start
  std::string host = {};
  std::string boot_id = {};
  std::string pid_namespace = {};
  std::string pid = {};
  std::string pid_start =
      {};  // clock ticks after boot: tells a process from a later one with the same pid
  std::string version = {};

  /// Of the running process under the name `instance`.
  static Identity of_this_process(std::string instance, std::string token);

  /// True if this names a process of this machine and boot, in our own table of processes, that no
  /// longer lives.
  bool proven_dead() const;
  /// True if it does live: then there is nothing to wait for.
  bool proven_alive() const;

 private:
  bool of_our_machine() const;
};

/// An instance's own answer to its heartbeat.
struct Beat {
  bool held = false;                     // the name is still ours
  Time now{};                            // Redis' clock
  std::vector<std::string> silent = {};  // instances not heard of for a lease
  /// When the next one that has missed a heartbeat will have been silent for so long.
  std::optional<std::chrono::milliseconds> next_silence = {};
};

class InstanceStore {
 public:
  explicit InstanceStore(redis::Client& client) noexcept : client_(client) {}

  redis::Client& client() noexcept { return client_; }

  /// Who holds the name now.
  async::Task<std::optional<Identity>> holder(std::string_view instance);

  /// Takes the name if nobody holds it, or if `dead` (a token that was seen and judged dead) does.
  /// `queues` are the source keys it may come to hold jobs of.
  async::Task<bool> take(const Identity& identity, std::string_view dead,
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
