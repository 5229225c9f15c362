// Pusher: one producer's jobs on their way into a queue, batch by batch.
//
// A lost reply is no reason to push twice: the same batch is sent again, and Redis knows it.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "penstock/async/task.hpp"
#include "penstock/job/scripts.hpp"
#include "penstock/job/ulid.hpp"
#include "penstock/redis/client.hpp"

namespace penstock::commands {

/// Jobs that are pushed in one step; each id stands beside its element.
struct Batch {
  std::vector<std::string> ids = {};
  std::vector<std::string> elements = {};
  std::size_t bytes = 0;  // of the elements

  std::size_t size() const { return ids.size(); }
  /// Redis serves nobody else meanwhile: enough is some hundreds of jobs, or some large ones.
  bool full() const { return size() >= kMostJobs || bytes >= kMostBytes; }
  void add(std::string id, std::string element) {
    bytes += element.size();
    ids.push_back(std::move(id));
    elements.push_back(std::move(element));
  }

  static constexpr std::size_t kMostJobs = 200;
  static constexpr std::size_t kMostBytes = std::size_t{1} << 20U;
};

/// Where and how the jobs of all batches are pushed.
struct PushOptions {
  std::string source;
  std::string pop = "RIGHT";  // the end that jobs leave from
  std::string when = {};      // as the enqueue script takes it
  std::string unique = {};
  std::chrono::milliseconds lock_for{};  // from when a unique job is due
};

class Pusher {
 public:
  explicit Pusher(redis::Client& client, PushOptions options);

  /// Returns the id of the live job that holds the unique key, if one refused the batch. Waits a
  /// minute for a connection; for so long, too, it repeats a batch that Redis may have, whatever
  /// becomes of the connection. Errors: redis::Error, which says so if the batch may be in Redis
  /// for all that.
  async::Task<std::optional<std::string>> push(const Batch& batch);

  /// What Redis' clock reads: the one that jobs are as old by. Waits as push() does. Errors:
  /// redis::Error.
  async::Task<job::Time> time();

 private:
  struct Call;

  async::Task<job::Time> answer_to_time();
  async::Task<redis::Reply> answer_to(const Call& call, std::optional<redis::Error>& unknown);

  redis::Client& client_;
  const PushOptions options_;
  const job::QueueKeys keys_;
  job::UlidGenerator ids_ = job::UlidGenerator::of_system();
  const std::string name_ = ids_.next();  // the producer's: its guard knows its last batch
};

}  // namespace penstock::commands
