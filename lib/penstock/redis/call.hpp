// Call: a command on its way, and its reply when it comes.
//
//   redis::Reply reply = co_await client.call({"GET", key});
//
// The command is formatted, and on its way, when call() returns: two calls made before the first
// is awaited travel together. A Call that is dropped unawaited is sent all the same.
//
//                       reply, error, loss, timeout
//    pending ─────────────────────────────────────────► settled, once ──► taken by the awaiter
//       │ its awaiter is cancelled, or it is dropped
//       ▼
//    nobody's ──► the reply goes to on_late_reply, or away; the connection lives on
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "penstock/async/clock.hpp"
#include "penstock/async/waiter.hpp"
#include "penstock/redis/error.hpp"
#include "penstock/redis/reply.hpp"

namespace penstock::redis {

class Script;

using Arguments = std::span<const std::string_view>;

struct CallOptions {
  /// From the call to the reply; zero: Options::command_timeout. When it passes the connection is
  /// given up, since it may be half-open. A deadline around the caller only cancels the caller.
  async::Duration timeout{};
  /// How long Redis may hold the command by the command's own argument (BLMOVE, XREAD BLOCK …);
  /// comes on top of `timeout`.
  async::Duration block{};
  /// Gets a reply, possibly an error, that came after its awaiter was cancelled or the Call
  /// dropped. Not called when none comes. Runs on the loop, outside of tasks; must not throw.
  std::function<void(Reply)> on_late_reply = {};
};

namespace detail {

/// A command that was accepted; shared by the connection, until it is settled, and its Call.
struct PendingCall : async::ListHook<async::DefaultTag> {
  /// What is needed to send a script again.
  struct Repeat {
    const Script* script = nullptr;
    std::string arguments;  // formatted: the number of keys and all that follows
    std::size_t count = 0;  // of them
    std::uint64_t sent_as = 0;
    unsigned times = 0;
  };

  std::variant<std::monostate, Reply, Error, async::Cancelled> outcome;
  async::Waiter* waiter = nullptr;
  unsigned references = 1;
  std::string command;  // for messages; empty for a script
  async::TimePoint deadline{};
  std::uint64_t end = 0;  // where it ends in the stream of bytes sent
  std::function<void(Reply)> on_late_reply;
  Repeat repeat;

  bool settled() const noexcept { return outcome.index() != 0; }
  bool wanted() const noexcept { return references > 1; }
  void release() noexcept {
    if (--references == 0) delete this;
  }
};

}  // namespace detail

class [[nodiscard]] Call {
 public:
  /// Shares `pending`; null after being moved from.
  explicit Call(detail::PendingCall& pending) noexcept : pending_(&pending) {
    ++pending.references;
  }
  Call(Call&& other) noexcept : pending_(std::exchange(other.pending_, nullptr)) {}
  Call& operator=(Call&& other) noexcept {
    std::swap(pending_, other.pending_);
    return *this;
  }
  ~Call() {
    if (pending_ != nullptr) pending_->release();
  }

  /// One that was never sent.
  static Call failed(Error error);
  /// One that was never sent, because its caller is cancelled.
  static Call cancelled();

  bool settled() const noexcept { return pending_->settled(); }

  class Awaiter;
  /// Gives the Reply. Errors: Error; an error reply is thrown, never returned. Cancellation: at
  /// once, but a reply that is there is delivered; see CallOptions::on_late_reply.
  Awaiter operator co_await() && noexcept;

 private:
  detail::PendingCall* pending_;
};

class Call::Awaiter final : public async::Waiter {
 public:
  explicit Awaiter(Call call) noexcept : call_(std::move(call)) {}

  bool await_ready() noexcept { return call_.settled() || cancelled_on_entry(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    suspend(handle);
    call_.pending_->waiter = this;
  }
  Reply await_resume();

 private:
  void on_cancel() noexcept override;
  Call call_;
};

inline Call::Awaiter Call::operator co_await() && noexcept {
  return Awaiter(std::move(*this));
}

}  // namespace penstock::redis
