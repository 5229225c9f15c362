// What the tests of clients share: an endpoint that is a RedisDouble, and clients that run while a
// body does.
#pragma once

#include <deque>
#include <functional>
#include <utility>

#include "on_wire.hpp"
#include "penstock/async/sleep.hpp"
#include "penstock/async/task_group.hpp"
#include "penstock/log/log.hpp"
#include "penstock/redis/client.hpp"

namespace penstock::test {

struct World {
  /// The tests lose connections all the time; only those of the log want to read of it.
  explicit World(log::Level level = log::Level::kOff) { log::set_level(level); }

  RedisDouble server;
  redis::Options options{.seed = 1};
  std::vector<redis::ClientOptions> client_options{1};
  std::unique_ptr<redis::Endpoint> endpoint;
  std::deque<redis::Client> clients;

  redis::Client& client() { return clients.front(); }
  std::size_t connected() const {
    std::size_t count = 0;
    for (const redis::Client& each : clients) count += each.connected() ? 1 : 0;
    return count;
  }

  /// Runs the clients, one for each of client_options, while `body` runs, all on virtual time.
  template <class Body>
  void run(Body body) {
    on_virtual_time([&]() -> async::Task<> {
      endpoint = std::make_unique<redis::Endpoint>(options, server.network());
      for (const redis::ClientOptions& each : client_options) clients.emplace_back(*endpoint, each);
      co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
        for (redis::Client& each : clients) group.spawn(each.run(), "redis");
        co_await body();
        group.cancel();
      });
    });
    clients.clear();
  }
};

inline async::TimePoint now() {
  return async::Loop::current().now();
}

}  // namespace penstock::test
