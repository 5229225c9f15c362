// What the tests of a connection share: a loop on virtual time, and a connection to a RedisDouble.
#pragma once

#include <functional>
#include <optional>

#include "penstock/async/loop.hpp"
#include "penstock/redis/connection.hpp"
#include "support/redis_double.hpp"

namespace penstock::test {

/// Runs `body` (which returns a Task) on a loop with virtual time.
template <class Body>
void on_virtual_time(Body body) {
  async::Loop loop({.virtual_time = true});
  loop.run(body());
}

/// A connection without a client around it: no handshake, no reconnecting.
struct OnWire {
  RedisDouble server;
  redis::Options options;
  redis::Connection::Events events;
  std::optional<redis::Connection> connection;

  void connect() { connection.emplace(server.connect(), options, events); }

  redis::Call call(std::initializer_list<std::string_view> argv, redis::CallOptions how = {}) {
    if (!connection) connect();
    return connection->call(redis::Arguments(argv.begin(), argv.size()), std::move(how));
  }
  redis::Call eval(const redis::Script& script) {
    if (!connection) connect();
    static constexpr std::array<std::string_view, 2> kArguments{"k", "v"};
    return connection->eval(script, redis::Arguments(kArguments).first(1),
                            redis::Arguments(kArguments).last(1), {});
  }
};

/// How a call ended: the reply's text, or the failure's name.
inline async::Task<std::string> outcome(redis::Call call) {
  try {
    redis::Reply reply = co_await std::move(call);
    if (reply.is_integer()) co_return std::to_string(reply.integer());
    co_return reply.is_nil() ? "nil" : reply.is_array() ? "array" : reply.string();
  } catch (const redis::Error& error) {
    co_return redis::to_string(error.failure());
  }
}

/// What the error of a call says; empty if it has none.
inline async::Task<std::string> message(redis::Call call) {
  try {
    co_await std::move(call);
  } catch (const redis::Error& error) {
    co_return error.what();
  }
  co_return "";
}

}  // namespace penstock::test
