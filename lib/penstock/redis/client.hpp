// Client: one connection to Redis that is made anew whenever it is lost.
//
//   redis::Endpoint endpoint(options);
//   redis::Client client(endpoint);
//   group.spawn(client.run(), "redis");
//   co_await client.wait_connected();
//   redis::Reply reply = co_await client.call({"LPOP", key, "10"});
//
// All that is called in one turn of the loop leaves in one write. Nothing is queued while there is
// no connection: a call then fails with Failure::kUnavailable at once. Whether a call that was
// under way when its connection was lost is repeated is for the caller to say, who knows if that is
// safe.
//
// Deliberately absent: transactions as an object (a script does it better), RESP3, cluster routing.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>

#include "penstock/async/event.hpp"
#include "penstock/async/task.hpp"
#include "penstock/redis/call.hpp"
#include "penstock/redis/endpoint.hpp"
#include "penstock/redis/script.hpp"

namespace penstock::redis {

class Connection;

/// A connection that is up but not yet open to other calls.
class Connected {
 public:
  explicit Connected(Connection& connection, std::int64_t id) noexcept
      : connection_(connection), id_(id) {}

  Call call(Arguments argv, CallOptions options = {});
  Call call(std::initializer_list<std::string_view> argv, CallOptions options = {});
  /// CLIENT ID.
  std::int64_t id() const noexcept { return id_; }

 private:
  Connection& connection_;
  std::int64_t id_;
};

struct ClientOptions {
  /// Follows Options::client_name, after a colon.
  std::string name = {};
  /// Runs on each new connection before other commands. An Error counts as a failed attempt to
  /// connect; anything else it throws ends run().
  std::function<async::Task<>(Connected&)> on_connect = {};
  /// Gets what is published to this client ("message", channel, payload), once on_connect has
  /// subscribed, one channel per SUBSCRIBE. Runs on the loop, outside of tasks; must not throw.
  std::function<void(Reply)> on_message = {};
};

class Client {
 public:
  /// `endpoint` must outlive the client.
  explicit Client(Endpoint& endpoint, ClientOptions options = {});
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  /// REQUIRES: run() has ended.
  ~Client();

  /// Connects, and connects again, for ever. Cancellation: the connection is closed; what was
  /// called before is sent if the kernel takes it, and calls without a reply fail.
  async::Task<> run();

  bool connected() const noexcept { return connected_.is_set(); }
  /// Counts connections: a change says that what was under way may be lost.
  std::uint64_t generation() const noexcept { return generation_; }
  /// CLIENT ID of the present connection, or the last: CLIENT UNBLOCK, sent by another client,
  /// ends a blocking call that was cancelled.
  std::int64_t id() const noexcept { return id_; }

  /// Returns at once when connected. Cancellation: at once.
  async::Event::Wait wait_connected() noexcept { return connected_.wait(); }

  /// Sends a command at the end of the turn. `argv` may die at once. Errors: Error, when awaited.
  /// Order: commands run in the order of the calls. Cancellation: in a cancelled scope nothing is
  /// sent. See Call.
  Call call(Arguments argv, CallOptions options = {});
  Call call(std::initializer_list<std::string_view> argv, CallOptions options = {});

  /// Runs a script by its hash; one that Redis does not know is sent in full, transparently. Order:
  /// as above, except for scripts under way when somebody flushes Redis' scripts: those run again
  /// as their refusals come in.
  Call eval(const Script& script, Arguments keys, Arguments arguments, CallOptions options = {});

  /// Gives up the present connection, as a last means against a call that blocks; run() makes a new
  /// one. What is under way fails with Failure::kLost.
  void abort() noexcept;

 private:
  class Round;

  async::Task<bool> connect();
  async::Task<std::string> establish(Endpoint::Attempt& attempt);
  Call unavailable() const;

  Endpoint& endpoint_;
  ClientOptions options_;
  std::unique_ptr<Connection> connection_;
  async::Event connected_;
  std::uint64_t generation_ = 0;
  std::int64_t id_ = 0;
};

}  // namespace penstock::redis
