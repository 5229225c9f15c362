// Producer: pushes jobs as fast as it is let, through faults of Redis, and knows of each whether
// Redis has said yes.
#pragma once

#include <atomic>
#include <set>
#include <string>
#include <thread>

#include "support/redis_server.hpp"

namespace penstock::test {

class Producer {
 public:
  struct Options {
    std::string queue = "jobs";
    std::string prefix = "p";
    std::string more = "";      // members of the payload after the id: `,"ms":5`
    std::size_t backlog = 200;  // pushes only while the list is shorter
    std::size_t batch = 20;     // in one pipeline
  };

  /// Pushes by LPUSH from a thread of its own until stop().
  Producer(const RedisServer& redis, Options options);
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;
  ~Producer() { stop(); }

  void stop();

  /// Valid after stop(). Of those under `maybe` the reply was lost.
  const std::set<std::string>& acknowledged() const { return acknowledged_; }
  const std::set<std::string>& maybe() const { return maybe_; }

  std::size_t pushed() const { return pushed_; }

 private:
  void run(const std::stop_token& stop);
  void push_batches(const std::stop_token& stop);
  void push_batch(RedisClient& client);

  const RedisServer& redis_;
  const Options options_;
  std::set<std::string> acknowledged_;
  std::set<std::string> maybe_;
  std::atomic<std::size_t> pushed_ = 0;
  std::size_t next_ = 0;
  std::jthread thread_;
};

}  // namespace penstock::test
