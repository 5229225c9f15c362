// Connections for tests, without a server.
#pragma once

#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <string>

#include "penstock/async/sleep.hpp"
#include "penstock/async/stream.hpp"

namespace penstock::test {

struct StreamPair {
  async::Stream near;
  async::Stream far;
};

/// Two connected streams, called "far" and "near" by the errors of the other.
inline StreamPair stream_pair() {
  int fds[2] = {-1, -1};
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
  return {async::Stream(async::adopt_unix(async::Fd(fds[0])), "far"),
          async::Stream(async::adopt_unix(async::Fd(fds[1])), "near")};
}

/// Waits until libuv has been asked what has come, and returns in the next turn before any task
/// that was woken by it.
inline async::Task<> io_polled() {
  const std::uint64_t turn = async::Loop::current().turns();
  while (async::Loop::current().turns() == turn) co_await async::yield_now();
}

/// All that comes until the end.
inline async::Task<std::string> read_all(async::Stream& stream) {
  std::string all;
  std::string some(std::size_t{64} * 1024, '\0');
  for (std::size_t size = 0; (size = co_await stream.read_some(some)) > 0;)
    all += std::string_view(some).substr(0, size);
  co_return all;
}

}  // namespace penstock::test
