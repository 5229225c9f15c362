// The workers of a lane: from the buffer through the handler to an outcome.
#include "penstock/async/timeout.hpp"
#include "penstock/job/job_tags.hpp"
#include "penstock/job/lane.hpp"
#include "penstock/log/log.hpp"

namespace penstock::job {
async::Task<> Lane::work() {
  for (;;) {
    ++idle_workers_;
    auto item = co_await buffer_.get();
    --idle_workers_;
    ++steps_;
    if (*item) {
      --buffered_;
      if (may_start()) {
        co_await process(std::move(*item));
      } else {
        give_back(std::move(*item));
      }
      fetcher_.poke();
    } else if (one_too_many()) {
      break;
    }
  }
  if (--workers_ == 0) workers_gone_.set();
}

async::Task<> Lane::process(LiveJobPtr live) {
  Slots::Permit slot = share_.try_acquire();
  if (!slot) slot = co_await wait_for_slot();
  if (!slot || !may_start()) co_return give_back(std::move(live));
  if (ends_unrun(live)) co_return;
  if (live->job.crashes > 0 && !(co_await charge(*live) && may_start()))
    co_return give_back(std::move(live));
  auto permit = breaker_.enter(async::Loop::current().now());
  if (!permit) co_return give_back(std::move(live));
  co_await attempt(std::move(live), std::move(*permit));
}

/// No slot when the wait was cut short: the job is to go back.
async::Task<Slots::Permit> Lane::wait_for_slot() {
  RunningScope waiting(waiting_);
  try {
    co_return co_await share_.acquire();
  } catch (const async::Cancelled&) {
    if (waiting.scope.pending_outside()) throw;
  }
  co_return Slots::Permit();
}

/// A job that crashed before is a suspect: what its instance dies of while it runs is put down to
/// it before it starts. Its neighbours, which only waited, bear no more than their first crash.
/// False when it cannot start: Redis does not take it, or the wait was cut short.
async::Task<bool> Lane::charge(LiveJob& live) {
  RunningScope waiting(waiting_);
  try {
    while (!live.adopted) co_await adopted_.wait();
    live.charged = true;
    co_return co_await store_.charge(live.job.slot, compose_start(live.job));
  } catch (const redis::Error&) {
    co_return false;
  } catch (const async::Cancelled&) {
    if (waiting.scope.pending_outside()) throw;
  }
  co_return false;
}

/// Jobs that are not to run any more.
bool Lane::ends_unrun(LiveJobPtr& live) {
  const JobTags tags(live->job);
  const log::Scope scope(tags);
  const Time now = shared_.clock.now(async::Loop::current().now());
  const bool past = live->job.expires_at && *live->job.expires_at <= now;
  const auto born = live->job.age_from();
  if (past || (options_->expires && born && now - *born >= *options_->expires)) {
    ++counters_.expired;
    drop(std::move(live), "expired");
    return true;
  }
  if (live->job.crashes >= static_cast<std::uint32_t>(options_->crashes)) {
    bury_poison(std::move(live));
    return true;
  }
  return false;
}

async::Task<> Lane::attempt(LiveJobPtr live, async::CircuitBreaker::Permit permit) {
  const JobTags tags(live->job);
  const log::Scope scope(tags);
  live->started = true;
  live->started_at = async::Loop::current().now();
  live->options = options_;
  ++running_;
  log::debug("started", {{"run", live->job.run()}});
  const std::optional<HandlerEnd> end = co_await run_to_end(*live);
  --running_;
  prefetch_.job_finished();
  if (!end) co_return give_back(std::move(live));
  Outcome outcome = live->options->outcomes.outcome(*end);
  tell_breaker(std::move(permit), *end, outcome.kind);
  settle(std::move(live), *end, std::move(outcome));
}

/// Nothing when the lane cut the run short.
async::Task<std::optional<HandlerEnd>> Lane::run_to_end(LiveJob& live) {
  RunningScope running(running_scopes_);
  try {
    co_return co_await run_handler(live);
  } catch (const async::Cancelled&) {
    if (running.scope.pending_outside()) throw;
    if (!running.scope.cancel_requested())
      co_return HandlerEnd{.kind = EndKind::kThrew, .text = "was cancelled from within"};
  }
  co_return std::nullopt;
}

async::Task<HandlerEnd> Lane::run_handler(LiveJob& live) {
  const LaneOptions& options = *live.options;
  const std::chrono::milliseconds timeout = live.job.timeout.value_or(options.timeout);
  const Attempt attempt{.job = live.job,
                        .queue = options.name,
                        .instance = shared_.instance,
                        .number = live.job.attempt(),
                        .run = live.job.run(),
                        .deadline = std::chrono::system_clock::now() + timeout,
                        .max_result = options.result.max,
                        .hurry = hurry_};
  try {
    co_return co_await async::with_deadline(live.started_at + timeout,
                                            options.handler->run(attempt));
  } catch (const async::Timeout&) {
    co_return HandlerEnd{.kind = EndKind::kTimedOut,
                         .text = "ran longer than " + std::to_string(timeout.count()) + " ms"};
  } catch (const std::exception& error) {
    co_return HandlerEnd{.kind = EndKind::kThrew, .text = error.what()};
  } catch (const async::Cancelled&) {
    throw;
  } catch (...) {  // catch-all: what a handler throws ends its own job, and nothing else
    co_return HandlerEnd{.kind = EndKind::kThrew, .text = "threw what is no std::exception"};
  }
}

/// An end that the queue's own table calls done is no failure; one in which nothing ran says
/// nothing about the other side.
void Lane::tell_breaker(async::CircuitBreaker::Permit permit, const HandlerEnd& end,
                        OutcomeKind kind) {
  const async::TimePoint now = async::Loop::current().now();
  if (kind == OutcomeKind::kDone) return permit.success(now);
  if (trips_breaker(end)) return permit.trip(now);
  if (counts_for_breaker(end)) return permit.failure(now);
  if (end.kind != EndKind::kUnfit) permit.success(now);
}

}  // namespace penstock::job
