// What a lane makes of an outcome: lines in the log, counters, and what the outbox sends.
#include "penstock/job/job_tags.hpp"
#include "penstock/job/json_string.hpp"
#include "penstock/job/lane.hpp"
#include "penstock/log/log.hpp"

namespace penstock::job {
namespace {

// Base64 makes the envelope a third larger, and one call is to carry it.
constexpr std::size_t kWorthSendingBack = QueueStore::kMostBytesPerCall / 2;

std::chrono::milliseconds elapsed(const LiveJob& live) {
  if (!live.started) return {};
  return std::chrono::floor<std::chrono::milliseconds>(async::Loop::current().now() -
                                                       live.started_at);
}

}  // namespace

ErrorRecord Lane::record(const LiveJob& live, std::string kind, std::string message) const {
  ErrorRecord error;
  error.at = redis_time();
  error.attempt = live.job.attempt();
  error.kind = std::move(kind);
  error.message = std::move(message);
  error.instance = shared_.instance;
  error.took = elapsed(live);
  return error;
}

/// What whoever waits for the job is told; empty if nobody does.
std::string Lane::answer(const LiveJob& live, std::string_view outcome,
                         std::string_view text) const {
  if (live.job.reply_to.empty()) return {};
  std::string reply = "{\"id\":";
  json::append_quoted(reply, live.job.id);
  reply += ",\"outcome\":\"";
  reply += outcome;
  reply += outcome == "done" ? "\",\"result\":" : "\",\"reason\":";
  json::append_quoted(reply, text);
  return reply += '}';
}

void Lane::settle(LiveJobPtr live, const HandlerEnd& end, Outcome outcome) {
  outcome = job::settle(std::move(outcome), live->job, live->options->retry, shared_.random());
  if (outcome.kind == OutcomeKind::kDone) return done(std::move(live), std::move(outcome));
  if (outcome.kind == OutcomeKind::kDrop) {
    ++counters_.dropped;
    return drop(std::move(live), outcome.reason);
  }
  ErrorRecord error = record(*live, std::string(to_string(end.kind)), outcome.reason);
  if (end.kind == EndKind::kExited || end.kind == EndKind::kSignalled || end.kind == EndKind::kHttp)
    error.code = end.code;
  if (outcome.kind == OutcomeKind::kBury) {
    ++counters_.failed;
    return bury(std::move(live), error);
  }
  retry(std::move(live), outcome, error);
}

void Lane::done(LiveJobPtr live, Outcome outcome) {
  ++counters_.done;
  log::info("done", {{"duration_ms", async::Loop::current().now() - live->started_at}});
  const std::size_t most = live->options->result.max;
  if (outcome.result.size() > most) outcome.result.resize(most);
  std::string reply = answer(*live, "done", outcome.result);
  outbox_.finish(std::move(live), {.result = std::move(outcome.result), .reply = std::move(reply)});
}

void Lane::retry(LiveJobPtr live, const Outcome& outcome, const ErrorRecord& error) {
  const std::chrono::milliseconds delay = outcome.delay.value_or(std::chrono::milliseconds::zero());
  const bool snooze = outcome.kind == OutcomeKind::kSnooze;
  ++(snooze ? counters_.snoozed : counters_.retried);
  if (!snooze) ++counters_.failed;
  log::warning(snooze ? "snoozed" : "failed",
               {{"reason", outcome.reason}, {"retry_in_ms", delay}, {"duration_ms", error.took}});
  std::string envelope =
      snooze ? compose_snooze(live->job, error) : compose_retry(live->job, error);
  outbox_.retry(std::move(live), std::move(envelope), delay);
}

void Lane::bury(LiveJobPtr live, const ErrorRecord& error) {
  std::string envelope = compose_dead(live->job, error);
  bury_as(std::move(live), error, std::move(envelope));
}

/// Unrun.
void Lane::bury_poison(LiveJobPtr live) {
  const ErrorRecord error = record(*live, "poison", "its instance died under it too often");
  std::string envelope = compose_unrun(live->job, error);
  bury_as(std::move(live), error, std::move(envelope));
}

void Lane::bury_as(LiveJobPtr live, const ErrorRecord& error, std::string envelope) {
  ++counters_.buried;
  log::error("buried",
             {{"reason", error.message}, {"kind", error.kind}, {"duration_ms", error.took}});
  std::string reply = answer(*live, "buried", error.message);
  outbox_.finish(std::move(live), {.burial = std::move(envelope), .reply = std::move(reply)});
}

void Lane::drop(LiveJobPtr live, std::string_view reason) {
  log::info("dropped", {{"reason", reason}});
  std::string reply = answer(*live, "dropped", reason);
  outbox_.finish(std::move(live), {.reply = std::move(reply)});
}

/// What cannot be read as a job is kept, bytes and all, with the reason.
void Lane::bury_unread(const BadElement& bad, bool adopted) {
  LiveJobPtr live = placeholder(bad.slot, adopted);
  std::string envelope = compose_unreadable(bad, record(*live, "unreadable", bad.reason));
  bury_unrun(std::move(live), std::move(envelope), bad.reason);
}

/// An element that is too large to be fetched goes to the dead set as it stands, without passing
/// through here.
void Lane::bury_oversize(const Delivery& delivery, bool adopted) {
  const std::uint64_t bytes = std::max<std::uint64_t>(delivery.oversize, delivery.element.size());
  bury_unrun(placeholder(delivery.slot, adopted), std::string(Ending::kAsItStands),
             too_large(bytes));
}

/// One that has been fetched is buried with the reason, unless it is so large that it had better
/// stay where it is.
void Lane::bury_too_large(LiveJobPtr live) {
  const JobTags tags(live->job);
  const log::Scope scope(tags);
  const std::size_t bytes = live->job.payload().size();
  const ErrorRecord error = record(*live, "oversize", too_large(bytes));
  std::string burial = bytes <= kWorthSendingBack ? compose_unrun(live->job, error)
                                                  : std::string(Ending::kAsItStands);
  bury_as(std::move(live), error, std::move(burial));
}

std::string Lane::too_large(std::uint64_t bytes) const {
  return "its " + std::to_string(bytes) + " bytes are more than max_payload, " +
         std::to_string(options_->max_payload);
}

/// Stands for a delivery that is no job.
LiveJobPtr Lane::placeholder(const std::string& slot, bool adopted) {
  Job nothing;
  nothing.slot = nothing.id = slot;
  return hold(std::move(nothing), adopted);
}

void Lane::bury_unrun(LiveJobPtr live, std::string burial, std::string_view reason) {
  ++counters_.buried;
  log::error("buried", {{"job", live->job.id}, {"reason", reason}});
  outbox_.finish(std::move(live), {.burial = std::move(burial)});
}

/// A job that was fetched and is not to be run here: unchanged, or with one more run if a handler
/// has seen it.
void Lane::give_back(LiveJobPtr live) {
  if (draining_ && !handing_back_) return aside_.push_back(std::move(live));
  hand_back(std::move(live));
}

/// What goes back in one call goes back in order.
void Lane::hand_back(LiveJobPtr live) {
  std::string element = live->started   ? compose_return(live->job)
                        : live->charged ? live->job.element
                                        : std::string();
  if (live->started) {
    log::info("given back", {{"job", live->job.id}, {"run", live->job.run()}});
  }
  outbox_.give_back(std::move(live), std::move(element));
}

}  // namespace penstock::job
