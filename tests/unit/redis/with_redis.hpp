// What the tests against a real redis-server share.
#pragma once

#include "on_wire.hpp"
#include "penstock/async/sleep.hpp"
#include "penstock/async/task_group.hpp"
#include "penstock/async/timeout.hpp"
#include "penstock/log/log.hpp"
#include "penstock/redis/client.hpp"
#include "support/redis_server.hpp"

namespace penstock::test {

/// Options for `server`'s unix socket, with short pauses.
inline redis::Options options_for(const RedisServer& server) {
  return {.address = redis::Address::unix_socket(server.socket()),
          .retry = {std::chrono::milliseconds(1), std::chrono::milliseconds(50)}};
}

/// Runs `body` with a connected client, in real time. Errors: async::Timeout when it does not get
/// connected.
template <class Body>
void with_redis(redis::Options options, Body body, redis::ClientOptions how = {}) {
  log::set_level(log::Level::kOff);
  async::Loop loop;
  redis::Endpoint endpoint(std::move(options));
  redis::Client client(endpoint, std::move(how));
  loop.run([&]() -> async::Task<> {
    co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
      group.spawn(client.run(), "redis");
      co_await async::with_timeout(std::chrono::seconds(30), client.wait_connected());
      co_await body(client);
      group.cancel();
    });
  }());
}

/// Waits until what `client` says of itself is so.
template <class Condition>
async::Task<> until(Condition condition) {
  while (!condition()) co_await async::sleep(std::chrono::milliseconds(1));
}

}  // namespace penstock::test
