#include "penstock/redis/connection.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "penstock/redis/command.hpp"

namespace penstock::redis {
namespace {

// A script that stays unknown however often it is sent: something between us and Redis is confused.
constexpr unsigned kMaxRepeats = 3;

// A larger output buffer is given back once it is empty.
constexpr std::size_t kIdleBuffer = std::size_t{1} << 20;

std::string describe(const detail::PendingCall& call) {
  return call.repeat.script == nullptr ? call.command
                                       : "script " + std::string(call.repeat.script->name());
}

void settle(detail::PendingCall& call, auto outcome) {
  assert(!call.settled());
  call.outcome = std::move(outcome);
  if (call.waiter != nullptr) call.waiter->wake();
  call.release();
}

bool is_published(const Reply& reply) {
  if (!reply.is_array() || reply.array().size() < 3 || !reply.array().front().is_string()) {
    return false;
  }
  const std::string& kind = reply.array().front().string();
  return kind == "message" || kind == "pmessage" || kind == "smessage";
}

Error error_of_reply(const detail::PendingCall& call, const std::string& text) {
  const Failure failure = classify(text);
  std::string message = describe(call) + ": " + text;
  if (failure == Failure::kMoved) {
    message += " (in a Redis Cluster a queue's key needs a hash tag, as in {orders})";
  }
  return {failure, message};
}

/// The server is not, or no longer, the one to talk to as we do.
bool ends_connection(Failure failure) noexcept {
  return failure == Failure::kReadOnly || failure == Failure::kAuthentication;
}

}  // namespace

Connection::Connection(std::unique_ptr<Transport> transport, const Options& options, Events events)
    : loop_(async::Loop::current()),
      options_(options),
      events_(std::move(events)),
      transport_(std::move(transport)),
      parser_(options.reply_limit) {
  transport_->start(*this);
}

Connection::~Connection() {
  end(Failure::kLost, "closed");
}

Call Connection::call(Arguments argv, CallOptions options) {
  assert(!argv.empty());
  if (std::optional<Call> refusal = refuse()) return std::move(*refusal);
  auto call = std::make_unique<PendingCall>();
  call->command = argv.front();
  append_command(output_, argv);
  return enqueue(std::move(call), std::move(options));
}

Call Connection::eval(const Script& script, Arguments keys, Arguments arguments,
                      CallOptions options) {
  if (std::optional<Call> refusal = refuse()) return std::move(*refusal);
  auto call = std::make_unique<PendingCall>();
  PendingCall::Repeat& repeat = call->repeat;
  repeat.script = &script;
  repeat.count = 1 + keys.size() + arguments.size();
  append_argument(repeat.arguments, std::to_string(keys.size()));
  for (const std::string_view key : keys) append_argument(repeat.arguments, key);
  for (const std::string_view argument : arguments) append_argument(repeat.arguments, argument);
  write_script(*call);
  return enqueue(std::move(call), std::move(options));
}

/// Why nothing can be called now, as a settled call.
std::optional<Call> Connection::refuse() const {
  if (ended_.is_set()) {
    return Call::failed(Error(Failure::kUnavailable, std::string("not sent: ") + why_->what()));
  }
  async::TaskState* task = async::current_task();
  if (task != nullptr && task->innermost_scope().pending()) return Call::cancelled();
  if (output_.size() + transport_->unsent() >= options_.output_limit) {
    return Call::failed(Error(Failure::kOverflow,
                              "not sent: Redis does not read what was sent before, and " +
                                  std::to_string(options_.output_limit) + " bytes wait already"));
  }
  return std::nullopt;
}

Call Connection::enqueue(std::unique_ptr<PendingCall> call, CallOptions options) {
  if (pending_.empty()) blocked_until_ = {};
  const async::Duration timeout =
      options.timeout > async::Duration::zero() ? options.timeout : options_.command_timeout;
  const async::TimePoint free = std::max(loop_.now(), blocked_until_) + options.block;
  if (options.block > async::Duration::zero()) blocked_until_ = free;
  call->deadline = free + timeout;
  call->on_late_reply = std::move(options.on_late_reply);
  Call handle(*call);
  admit(*call.release());
  return handle;
}

/// `call` is at the end of the output: sends it with the rest of the turn.
void Connection::admit(PendingCall& call) {
  call.end = written_ + output_.size();
  pending_.push_back(call);
  watch(call.deadline);
  loop_.at_turn_end(*this);
}

/// By its hash if this connection has sent it in full before, since `call` was last sent.
void Connection::write_script(PendingCall& call) {
  PendingCall::Repeat& repeat = call.repeat;
  const Script& script = *repeat.script;
  const auto [known, first] = loaded_.try_emplace(&script, sequence_ + 1);
  const bool in_full = first || known->second <= repeat.sent_as;
  repeat.sent_as = ++sequence_;
  if (in_full) known->second = sequence_;
  append_header(output_, 2 + repeat.count);
  append_argument(output_, in_full ? "EVAL" : "EVALSHA");
  append_argument(output_, in_full ? script.body() : script.sha1());
  output_ += repeat.arguments;
}

void Connection::flush() {
  if (output_.empty() || ended_.is_set() || transport_->unsent() != 0) return;
  written_ += output_.size();
  transport_->write(output_);
  output_.clear();
  if (output_.capacity() > kIdleBuffer) output_.shrink_to_fit();
}

void Connection::on_bytes(std::string_view bytes) noexcept {
  try {
    parser_.parse(bytes, [this](Reply reply) { return deliver(std::move(reply)); });
  } catch (const Error& error) {
    end(error.failure(), error.what());
  }
  if (last_word_) end(last_word_->failure(), last_word_->what());
}

/// False when the connection has ended meanwhile.
bool Connection::deliver(Reply reply) {
  if (events_.published && is_published(reply)) {
    events_.published(std::move(reply));
  } else if (pending_.empty()) {
    const bool told = reply.is_error();
    end(Failure::kProtocol, told ? reply.string() : "Redis answered what nobody had asked");
  } else if (PendingCall& call = pending_.pop_front(); reply.is_error()) {
    answer_error(call, std::move(reply));
  } else {
    answer(call, std::move(reply));
  }
  return !ended_.is_set();
}

void Connection::answer(PendingCall& call, Reply reply) {
  if (call.wanted()) return settle(call, std::move(reply));
  const auto handler = std::move(call.on_late_reply);
  call.release();
  if (handler) handler(std::move(reply));
}

void Connection::answer_error(PendingCall& call, Reply reply) {
  if (reply.string().starts_with("NOSCRIPT") && repeat(call)) return;
  Error error = error_of_reply(call, reply.string());
  if (ends_connection(error.failure()) && !last_word_) last_word_ = error;
  if (call.wanted()) return settle(call, std::move(error));
  answer(call, std::move(reply));
}

bool Connection::repeat(PendingCall& call) {
  if (call.repeat.script == nullptr || call.repeat.times++ == kMaxRepeats) return false;
  write_script(call);
  admit(call);
  return true;
}

void Connection::on_end(std::string_view reason) noexcept {
  end(Failure::kLost, std::string(reason));
}

void Connection::close(const std::string& reason) noexcept {
  flush();
  end(Failure::kLost, reason);
}

void Connection::end(Failure failure, const std::string& reason) noexcept {
  if (ended_.is_set()) return;
  why_.emplace(failure, reason);
  ended_.set();
  if (events_.ended) events_.ended();
  const std::uint64_t sent = written_ - transport_->unsent();
  transport_->close();
  if (scheduled()) loop_.cancel(*this);
  if (linked()) unlink();
  fail_pending(sent);
}

/// `sent` bytes have left: a call that ends beyond them cannot have run.
void Connection::fail_pending(std::uint64_t sent) noexcept {
  const bool garbage = why_->failure() == Failure::kProtocol;
  while (!pending_.empty()) {
    PendingCall& call = pending_.pop_front();
    const std::string what = "the connection to Redis was lost: " + std::string(why_->what());
    if (call.end > sent) {
      settle(call, Error(Failure::kUnavailable, describe(call) + ": not sent: " + what));
    } else {
      settle(call,
             Error(garbage ? Failure::kProtocol : Failure::kLost, describe(call) + ": " + what));
    }
  }
}

void Connection::watch(async::TimePoint deadline) {
  if (scheduled()) {
    if (due() <= deadline) return;
    loop_.cancel(*this);
  }
  loop_.schedule(*this, deadline);
}

/// Set for the earliest deadline there was; that call may be answered by now. A process that was
/// stopped finds its deadlines passed and the replies in the socket: it looks there first.
void Connection::on_timer() noexcept {
  async::TimePoint earliest = async::TimePoint::max();
  pending_.for_each([&](PendingCall& call) { earliest = std::min(earliest, call.deadline); });
  const async::TimePoint now = loop_.now();
  const bool looked = std::exchange(late_, earliest <= now);
  if (late_ && looked) return expire(now);
  if (late_) return loop_.schedule(*this, now);
  if (!pending_.empty()) loop_.schedule(*this, earliest);
}

void Connection::expire(async::TimePoint now) noexcept {
  std::string reason;
  pending_.for_each([&](PendingCall& call) {
    if (call.deadline > now) return;
    if (reason.empty()) reason = "no answer to " + describe(call) + " in time";
    call.unlink();
    settle(call, Error(Failure::kTimeout, describe(call) + ": no answer from Redis in time"));
  });
  end(Failure::kTimeout, reason);
}

}  // namespace penstock::redis
