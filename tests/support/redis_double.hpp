// A Redis of the test's own making, on virtual time and without a socket: it answers what it is
// told to, and its wires can be cut at any byte.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/async/loop.hpp"
#include "penstock/redis/transport.hpp"

namespace penstock::test {

using Command = std::vector<std::string>;

class RedisDouble;

/// One connection, from the server's side.
class RedisWire final : private async::Timer {
 public:
  explicit RedisWire(RedisDouble& server) : server_(server) {}
  ~RedisWire() override { stop(); }

  /// Bytes to the client, in the next turn of the loop.
  void send(std::string_view bytes);
  /// The server is gone, once what was sent has arrived.
  void cut(std::string_view reason = "cut");
  /// The kernel takes no more from the client; resume() takes what waits.
  void stall() { stalled_ = true; }
  void resume();

  const std::vector<Command>& commands() const { return commands_; }
  /// The names of the commands received, and arguments beyond, with blanks between: "INCR k, PING".
  std::string transcript() const;
  std::size_t writes() const { return writes_; }
  bool closed_by_client() const { return receiver_ == nullptr; }

 private:
  friend class RedisWireTransport;
  friend class RedisDouble;

  void receive(std::string_view bytes);
  void take_commands();
  void on_timer() noexcept override;
  void stop() noexcept;
  void schedule();

  RedisDouble& server_;
  redis::Transport::Receiver* receiver_ = nullptr;
  std::vector<Command> commands_;
  std::string incoming_;
  std::string outgoing_;
  std::string unsent_;
  std::optional<std::string> end_;
  std::size_t sent_ = 0;
  std::size_t received_ = 0;
  std::size_t writes_ = 0;
  bool stalled_ = false;
};

class RedisDouble {
 public:
  /// Answers HELLO, PING and SELECT as a primary of version 7.0.15 does, all else with +OK.
  RedisDouble();

  /// What is sent for a command; empty for silence. The default is standard().
  std::function<std::string(const Command&)> answer;
  static std::string standard(const Command& command);
  /// Answers `name` with `reply` from now on.
  void answer_with(std::string name, std::string reply);

  /// If set, connecting fails so.
  std::optional<std::string> refuse;
  /// Connecting never ends.
  bool unreachable = false;
  /// From the client's write to the server's answer.
  async::Duration latency{};
  /// Each wire is cut once so many bytes have gone that way.
  std::optional<std::size_t> cut_after_sent, cut_after_received;
  /// Answers arrive in pieces of so many bytes.
  std::size_t piece = 65536;

  /// When connections were tried for.
  const std::vector<async::TimePoint>& attempts() const { return attempts_; }
  std::size_t connections() const { return wires_.size(); }
  RedisWire& wire() { return *wires_.back(); }
  RedisWire& wire(std::size_t index) { return *wires_.at(index); }

  /// For an Endpoint, or to connect by hand. The double must outlive it.
  std::unique_ptr<redis::Network> network();
  std::unique_ptr<redis::Transport> connect();

 private:
  class Net;
  std::vector<async::TimePoint> attempts_;
  std::deque<std::unique_ptr<RedisWire>> wires_;
};

/// As Redis writes them: "$3\r\nfoo\r\n".
std::string bulk(std::string_view bytes);
std::string array(std::initializer_list<std::string> elements);

}  // namespace penstock::test
