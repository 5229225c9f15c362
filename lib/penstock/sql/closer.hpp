// Closer: sees connections off.
//
// A connection that is dropped leaves a process behind at the server. It counts there, and goes on
// with its query, and holds its locks, until it notices. So whatever was under way is cancelled,
// and the connection keeps its place in the pool until the server has hung up, which it does last
// of all. Whoever drops a connection waits for none of this.
//
//   close() ──► terminate, half-close, ask to cancel ──► the server hangs up ──► place given back
//                         ▲        │ nothing in a while    or patience has ended
//                         └────────┘
//
// PQcancel() blocks, so it is called on a thread. It is repeated because one that comes before its
// query is forgotten by the server; nobody can be hit by one that comes late, since this connection
// will carry no other query.
#pragma once

#include <cstddef>
#include <memory>
#include <unordered_map>

#include "penstock/async/clock.hpp"
#include "penstock/async/event.hpp"
#include "penstock/async/semaphore.hpp"
#include "penstock/async/thread_pool.hpp"
#include "penstock/sql/pq.hpp"

namespace penstock::sql {

class Closer {
 public:
  /// `patience` is how long the server may take to hang up.
  explicit Closer(async::Duration patience) : patience_(patience) {}
  Closer(const Closer&) = delete;
  Closer& operator=(const Closer&) = delete;
  /// Waits for no server, but for PQcancel() if one is under way: for TCP's timeouts at most, on a
  /// unix socket for as long as the server is stopped.
  ~Closer();

  /// REQUIRES: nobody watches its socket. `place` is given back when the server has hung up.
  void close(PqConnection connection, async::Semaphore::Permit place);

  /// How many the server has yet to hang up on.
  std::size_t size() const noexcept { return open_; }
  /// Until there are none. Cancellation: at once.
  async::Event::Wait wait_done() noexcept {
    if (open_ == 0) done_.set();
    return done_.wait();
  }

 private:
  class Farewell;
  void hung_up() noexcept;
  void forget(const Farewell& farewell) noexcept;

  const async::Duration patience_;
  std::size_t open_ = 0;
  async::Event done_;
  std::unordered_map<const Farewell*, std::shared_ptr<Farewell>> farewells_;
  async::ThreadPool threads_{2};  // joined first: they use what is above
};

}  // namespace penstock::sql
