// Connection: one transport from the moment it is connected to its end, and the calls on it.
//
//   call() ──► output ──(end of turn, one write)──► transport ──► Redis
//                 pending calls, oldest first   ◄── parser ◄── replies, in the same order
//
// It ends once, for whatever reason; every call that is pending then fails: with kUnavailable if
// its last byte had not left, else with kLost. It does not reconnect; Client does, with a new one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "penstock/async/event.hpp"
#include "penstock/async/loop.hpp"
#include "penstock/redis/call.hpp"
#include "penstock/redis/parser.hpp"
#include "penstock/redis/script.hpp"
#include "penstock/redis/transport.hpp"

namespace penstock::redis {

class Connection final : private Transport::Receiver,
                         private async::TurnHook,
                         private async::Timer {
 public:
  struct Events {
    std::function<void(Reply)> published = {};  // if set, gets what nobody called for
    std::function<void()> ended = {};           // at once; may not destroy the connection
  };

  /// `options` must outlive it.
  Connection(std::unique_ptr<Transport> transport, const Options& options, Events events);
  ~Connection() override;

  Call call(Arguments argv, CallOptions options);
  Call eval(const Script& script, Arguments keys, Arguments arguments, CallOptions options);

  /// Sends what waits, as far as the kernel takes it, and ends.
  void close(const std::string& reason) noexcept;
  /// Ends at once.
  void end(Failure failure, const std::string& reason) noexcept;

  /// Set when it has ended; why() then says why.
  async::Event& ended() noexcept { return ended_; }
  const Error& why() const noexcept { return *why_; }

 private:
  using PendingCall = detail::PendingCall;

  std::optional<Call> refuse() const;
  Call enqueue(std::unique_ptr<PendingCall> call, CallOptions options);
  void admit(PendingCall& call);
  void write_script(PendingCall& call);
  void flush();

  bool deliver(Reply reply);
  void answer(PendingCall& call, Reply reply);
  void answer_error(PendingCall& call, Reply reply);
  bool repeat(PendingCall& call);
  void expire(async::TimePoint now) noexcept;
  void fail_pending(std::uint64_t sent) noexcept;
  void watch(async::TimePoint deadline);

  void on_bytes(std::string_view bytes) noexcept override;
  void on_end(std::string_view reason) noexcept override;
  void on_drained() noexcept override { flush(); }
  void on_turn_end() noexcept override { flush(); }
  void on_timer() noexcept override;

  async::Loop& loop_;
  const Options& options_;
  const Events events_;
  std::unique_ptr<Transport> transport_;
  Parser parser_;
  std::string output_;
  std::uint64_t written_ = 0;  // bytes given to the transport
  async::IntrusiveList<PendingCall> pending_;
  async::TimePoint blocked_until_{};  // a blocking call may hold back those behind it
  std::unordered_map<const Script*, std::uint64_t> loaded_;  // sequence of the call that sent it
  std::uint64_t sequence_ = 0;
  async::Event ended_;
  std::optional<Error> why_;
  std::optional<Error> last_word_;  // a reply that ends the connection once what came is delivered
  bool late_ = false;  // a deadline has passed; whatever has arrived is read before it counts
};

}  // namespace penstock::redis
