// Where a Redis is, and how to deal with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "penstock/async/circuit_breaker.hpp"
#include "penstock/async/clock.hpp"
#include "penstock/async/retry.hpp"

namespace penstock::redis {

/// A host and a port, or the path of a unix socket.
struct Address {
  std::string host = "127.0.0.1";
  std::uint16_t port = 6379;
  std::string path = {};  // not empty: a unix socket

  static Address tcp(std::string host, std::uint16_t port) { return {std::move(host), port, {}}; }
  static Address unix_socket(std::string path) { return {{}, 0, std::move(path)}; }

  bool is_unix_socket() const noexcept { return !path.empty(); }
};

/// `127.0.0.1:6379`, `[::1]:6379`, `/run/redis.sock`.
std::string to_string(const Address& address);

struct Options {
  Address address = {};
  int database = 0;
  std::string username = {};
  std::string password = {};
  /// If set, gives the password for each new connection: a rotated one is taken up without a
  /// restart. What it throws counts as a failed authentication.
  std::function<std::string()> read_password = {};
  async::Duration connect_timeout = std::chrono::seconds(5);
  async::Duration command_timeout = std::chrono::seconds(5);
  /// Between attempts to connect. No two are further apart than `max`, an open breaker included, so
  /// that a Redis that is back is found again in that time.
  async::Backoff retry{std::chrono::milliseconds(100), std::chrono::seconds(5)};
  async::CircuitBreaker::Settings breaker = {};
  /// Shown by CLIENT LIST, with each client's suffix.
  std::string client_name = {};
  /// What may wait to be sent on one connection; more is refused with Failure::kOverflow.
  std::size_t output_limit = std::size_t{64} << 20;
  /// The largest reply, counted as it stands in memory. A larger one ends the connection.
  std::size_t reply_limit = std::size_t{1} << 30;
  /// Of the jitter. 0: from the system.
  std::uint64_t seed = 0;
};

}  // namespace penstock::redis
