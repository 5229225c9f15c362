// serve(): a server's accept loop. Each connection is a task of one group, so that none outlives
// the server; there is a limit to how many are open at once, and running out of descriptors is a
// pause, not an end.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>

#include "penstock/async/listener.hpp"
#include "penstock/async/semaphore.hpp"
#include "penstock/async/sleep.hpp"
#include "penstock/async/task_group.hpp"

namespace penstock::async {

struct ServeOptions {
  std::size_t max_connections = 1024;  // open at once; the others wait in the backlog
  /// Gets the error that ended one connection's handler. Empty: it ends serve().
  std::function<void(std::exception_ptr)> on_error = {};
};

namespace detail {

/// The next connection, as soon as there is a descriptor for it: a second later, or when
/// `one_ended` is set.
Task<Stream> accept_patiently(Listener& listener, Event& one_ended);

template <class Handler>
Task<> serve_one(Handler& handler, Stream stream, const ServeOptions& options) {
  try {
    co_await handler(std::move(stream));
  } catch (const Cancelled&) {
    throw;
  } catch (...) {
    if (!options.on_error) throw;
    options.on_error(std::current_exception());
  }
}

}  // namespace detail

/// Runs `handler(Stream)`, which returns a Task<>, for each connection as a child task, until it is
/// cancelled or accepting fails; the children are then cancelled and waited for. Out of descriptors
/// or memory it waits. REQUIRES: the listener outlives it. Errors: std::system_error, and see
/// ServeOptions::on_error.
template <class Handler>
Task<> serve(Listener& listener, Handler handler, ServeOptions options = {}) {
  Semaphore room(options.max_connections);
  Event one_ended;
  const auto connection = [&](Stream stream, Semaphore::Permit permit) -> Task<> {
    const Semaphore::Permit held = std::move(permit);
    co_await detail::serve_one(handler, std::move(stream), options);
    one_ended.set();
  };
  co_await task_group([&](TaskGroup& group) -> Task<> {
    for (;;) {
      Semaphore::Permit permit = co_await room.acquire();
      Stream stream = co_await detail::accept_patiently(listener, one_ended);
      group.spawn(connection(std::move(stream), std::move(permit)), "connection");
      co_await yield_now();  // a backlog that never runs dry must not keep the others waiting
    }
  });
}

}  // namespace penstock::async
