#include "penstock/redis/client.hpp"

#include <cassert>

#include "penstock/async/sleep.hpp"
#include "penstock/async/timeout.hpp"
#include "penstock/redis/connection.hpp"
#include "penstock/redis/handshake.hpp"

namespace penstock::redis {
namespace {

// Between questions whether Redis has finished loading.
constexpr async::Backoff kLoading{std::chrono::milliseconds(100), std::chrono::seconds(2)};

async::Task<std::unique_ptr<Transport>> dial(Endpoint& endpoint) {
  const Options& options = endpoint.options();
  try {
    co_return co_await async::with_timeout(options.connect_timeout,
                                           endpoint.network().connect(options.address));
  } catch (const async::Timeout&) {
  }
  throw Error(Failure::kUnavailable, "no connection in time");
}

async::Task<> wait_until_loaded(Connection& connection, Endpoint::Attempt& attempt) {
  const Error loading(Failure::kLoading, "Redis is loading its data set");
  for (unsigned times = 0;; ++times) {
    attempt.waiting(loading);
    co_await async::sleep(kLoading.ceiling(times));
    if (!co_await is_loading(connection)) co_return;
  }
}

}  // namespace

Call Connected::call(Arguments argv, CallOptions options) {
  return connection_.call(argv, std::move(options));
}

Call Connected::call(std::initializer_list<std::string_view> argv, CallOptions options) {
  return call(Arguments(argv.begin(), argv.size()), std::move(options));
}

/// Ends the present connection on every way out of a round of run().
class Client::Round {
 public:
  explicit Round(Client& client) noexcept : client_(client) {}
  Round(const Round&) = delete;
  Round& operator=(const Round&) = delete;
  ~Round() {
    if (client_.connection_ == nullptr) return;
    Connection& connection = *client_.connection_;
    const bool lost = connection.ended().is_set();
    connection.close("closed by this side");
    if (established) {
      lost ? client_.endpoint_.disconnected(connection.why()) : client_.endpoint_.closed();
    }
    client_.connection_.reset();
  }

  bool established = false;

 private:
  Client& client_;
};

Client::Client(Endpoint& endpoint, ClientOptions options)
    : endpoint_(endpoint), options_(std::move(options)) {}

Client::~Client() {
  assert(connection_ == nullptr && "a client outlives its run()");
}

async::Task<> Client::run() {
  for (;;) {
    Round round(*this);
    round.established = co_await connect();
    if (round.established) co_await connection_->ended().wait();
  }
}

/// One attempt, when the endpoint allows it. False when it failed.
async::Task<bool> Client::connect() {
  Endpoint::Attempt attempt = co_await endpoint_.attempt();
  try {
    attempt.succeeded(co_await establish(attempt));
  } catch (const Error& error) {
    attempt.failed(error);
    co_return false;
  }
  ++generation_;
  connected_.set();
  co_return true;
}

/// Returns the server's version.
async::Task<std::string> Client::establish(Endpoint::Attempt& attempt) {
  const Options& options = endpoint_.options();
  std::unique_ptr<Transport> transport = co_await dial(endpoint_);
  connection_ =
      std::make_unique<Connection>(std::move(transport), options,
                                   Connection::Events{.published = options_.on_message,
                                                      .ended = [this] { connected_.clear(); }});
  const std::string suffix = options_.name.empty() ? "" : ":" + options_.name;
  Greeting greeting = co_await shake_hands(*connection_, options, options.client_name + suffix);
  if (greeting.loading) co_await wait_until_loaded(*connection_, attempt);
  id_ = greeting.id;
  if (options_.on_connect) {
    Connected connected(*connection_, id_);
    co_await options_.on_connect(connected);
  }
  if (connection_->ended().is_set()) throw Error(connection_->why());
  co_return greeting.version;
}

Call Client::call(Arguments argv, CallOptions options) {
  return connected() ? connection_->call(argv, std::move(options)) : unavailable();
}

Call Client::call(std::initializer_list<std::string_view> argv, CallOptions options) {
  return call(Arguments(argv.begin(), argv.size()), std::move(options));
}

Call Client::eval(const Script& script, Arguments keys, Arguments arguments, CallOptions options) {
  return connected() ? connection_->eval(script, keys, arguments, std::move(options))
                     : unavailable();
}

Call Client::unavailable() const {
  std::string message = "not sent: not connected to Redis at " + endpoint_.label();
  if (const std::string error = endpoint_.status().error; !error.empty()) message += ": " + error;
  return Call::failed(Error(Failure::kUnavailable, message));
}

void Client::abort() noexcept {
  if (connection_ != nullptr) connection_->end(Failure::kLost, "given up by this side");
}

}  // namespace penstock::redis
