// Watcher: tells movers when somebody changes a scheduled or retry set, such as a producer with
// `redis-cli ZADD`.
//
// Redis tells it by itself (client-side caching in broadcasting mode: CLIENT TRACKING … BCAST,
// Redis 6), so an idle instance asks for nothing. It speaks RESP3 or to a second connection that
// subscribes; this is that connection. Where tracking is refused (an ACL, a proxy), movers poll.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "penstock/job/lane.hpp"

namespace penstock::job {

class Watcher {
 public:
  using Lanes = std::function<std::vector<std::shared_ptr<Lane>>()>;

  /// `client` is the connection whose own changes need not be told.
  Watcher(redis::Endpoint& endpoint, redis::Client& client, Lanes lanes);

  /// Watches until cancelled.
  async::Task<> run();

  /// The lanes or the connections are not what they were.
  void look_again() noexcept { changed_.set(); }

 private:
  async::Task<> keep_tracking();
  async::Task<> track();
  std::vector<std::string> prefixes() const;
  void told(redis::Reply message);
  void tell_all(bool polling);

  redis::Client& client_;
  Lanes lanes_;
  async::Event changed_;
  log::Limiter trouble_{std::chrono::minutes(10)};
  redis::Client subscriber_;
};

}  // namespace penstock::job
