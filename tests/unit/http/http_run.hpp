// What the tests of requests share.
#pragma once

#include <string>
#include <utility>

#include "penstock/http/session.hpp"
#include "support/async_zoo.hpp"
#include "support/wire_server.hpp"

namespace penstock::test {

/// Awaits `work`, which must end in an Error of exactly this type, and gives that.
template <class Error, class T>
async::Task<Error> error_of(async::Task<T> work) {
  try {
    co_await std::move(work);
  } catch (const Error& error) {
    CHECK(typeid(error) == typeid(Error));
    co_return error;
  } catch (const std::exception& other) {
    throw std::runtime_error(std::string("another error: ") + other.what());
  }
  throw std::runtime_error("no error");
}

/// Answers every request of every connection with the same bytes.
inline WireServer::Script always(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer) -> async::Task<> {
    while (!(co_await peer.request()).empty()) peer.send(bytes);
  };
}

/// Answers the first request with `bytes` and hangs up.
inline WireServer::Script once(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer) -> async::Task<> {
    co_await peer.request();
    peer.send(bytes);
    co_await peer.sent();
  };
}

/// Answers with what was asked.
inline async::Task<> echo(Peer& peer) {
  for (std::string request = co_await peer.request(); !request.empty();
       request = co_await peer.request()) {
    peer.send(answer("200 OK", request));
  }
}

}  // namespace penstock::test
