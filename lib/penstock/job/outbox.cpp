#include "penstock/job/outbox.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include "penstock/async/timeout.hpp"
#include "penstock/job/store_retry.hpp"
#include "penstock/log/log.hpp"

namespace penstock::job {
namespace {

// The dead grow old on a queue where nothing is buried, too.
constexpr std::chrono::hours kTrimAgain{1};

}  // namespace

void Outbox::add(Batch& batch, Entry entry) {
  batch.push_back(std::move(entry));
  ++size_;
  waiting_.set();
}

void Outbox::finish(LiveJobPtr job, Last last) {
  const bool plain = last.result.empty() && last.reply.empty() && job->job.unique.empty();
  Batch& kind = !last.burial.empty() ? burials_ : plain ? finished_ : endings_;
  add(kind, {.live = std::move(job), .last = std::move(last)});
}

void Outbox::retry(LiveJobPtr job, std::string envelope, std::chrono::milliseconds delay) {
  add(retries_, {.live = std::move(job), .text = std::move(envelope), .delay = delay});
}

void Outbox::give_back(LiveJobPtr job, std::string element) {
  add(returns_, {.live = std::move(job), .text = std::move(element)});
}

async::Task<> Outbox::run() {
  StoreRetry patience(store_.client());
  waiting_.set();
  for (;;) {
    co_await waiting_.wait();
    waiting_.clear();
    co_await patience.until_done([this] { return send_all(); });
  }
}

async::Task<> Outbox::flushed() {
  while (size_ > 0) {
    empty_.clear();
    co_await empty_.wait();
  }
}

/// Each kind by itself: what Redis refuses of one holds up no other.
async::Task<> Outbox::send_all() {
  std::exception_ptr failure;
  const auto keep_first = [&](std::exception_ptr next) {
    if (!failure) failure = std::move(next);
  };
  keep_first(co_await send(finished_, &Outbox::send_finished));
  keep_first(co_await send(endings_, &Outbox::send_endings));
  keep_first(co_await send(burials_, &Outbox::send_endings));
  if (store_.has_buried() || async::Loop::current().now() >= trim_again_) co_await trim_dead();
  keep_first(co_await send(retries_, &Outbox::send_retries));
  keep_first(co_await send(returns_, &Outbox::send_returns));
  if (failure) std::rethrow_exception(failure);
}

/// Sends what may be sent of `waiting`; on a failure, which is returned, it waits there again.
async::Task<std::exception_ptr> Outbox::send(Batch& waiting, Send how) {
  Batch batch = take_sendable(waiting);
  if (batch.empty()) co_return nullptr;
  try {
    sent(batch, co_await async::shield((this->*how)(batch)));
    co_return nullptr;
  } catch (const redis::Error& error) {
    if (may_have_run(batch, error))
      for (Entry& entry : batch) entry.repeated = true;
    waiting.insert(waiting.begin(), std::make_move_iterator(batch.begin()),
                   std::make_move_iterator(batch.end()));
    co_return std::current_exception();
  }
}

/// Whether some of `batch` may have reached Redis. Of more than one call, those before the one that
/// failed have; and so have the jobs before the one that a call stumbled over.
bool Outbox::may_have_run(const Batch& batch, const redis::Error& error) {
  if (batch.size() == 1) return error.may_have_run();
  std::size_t bytes = 0;
  for (const Entry& entry : batch)
    bytes += entry.text.size() + entry.last.burial.size() + entry.last.result.size() +
             entry.last.reply.size();
  return error.may_have_run() || !error.transient() || batch.size() > QueueStore::kMostPerCall ||
         bytes > QueueStore::kMostBytesPerCall;
}

Outbox::Batch Outbox::take_sendable(Batch& waiting) {
  const auto may_go = [](const Entry& entry) { return entry.live->adopted; };
  Batch batch;
  Batch held_back;
  batch.swap(waiting);
  if (std::ranges::all_of(batch, may_go)) return batch;
  for (Entry& entry : batch) (may_go(entry) ? waiting : held_back).push_back(std::move(entry));
  batch = std::exchange(waiting, std::move(held_back));
  return batch;
}

void Outbox::sent(Batch& batch, std::size_t late) {
  // A repeat finds its job gone when the first sending had reached Redis: that one was in time.
  const auto repeated = static_cast<std::size_t>(std::ranges::count_if(batch, &Entry::repeated));
  late -= std::min(late, repeated);
  size_ -= batch.size();
  batch.clear();
  if (late > 0) {
    counters_.late += late;
    log::warning("outcomes came too late: these jobs had been taken over", {{"jobs", late}});
  }
  if (size_ == 0) empty_.set();
  if (on_sent) on_sent();
}

async::Task<std::size_t> Outbox::send_finished(const Batch& batch) {
  std::vector<std::string_view> slots;
  slots.reserve(batch.size());
  for (const Entry& entry : batch) slots.push_back(entry.live->job.slot);
  co_return co_await store_.finish(slots);
}

async::Task<std::size_t> Outbox::send_endings(const Batch& batch) {
  std::vector<Ending> endings;
  endings.reserve(batch.size());
  for (const Entry& entry : batch) {
    const Job& job = entry.live->job;
    endings.push_back({.slot = job.slot,
                       .id = job.id,
                       .burial = entry.last.burial,
                       .result = entry.last.result,
                       .reply_to = entry.last.reply.empty() ? std::string_view() : job.reply_to,
                       .reply = entry.last.reply,
                       .unique = job.unique});
  }
  const Ended ended = co_await store_.finish(endings, options_->result.ttl);
  if (ended.failed > 0)
    effect_trouble_.write(log::Level::kWarning,
                          "Redis refused results, answers or locks of jobs that have ended: is a "
                          "key of another type, or a permission missing?",
                          {{"refused", ended.failed}});
  co_return ended.late;
}

/// Upkeep: what fails is done after the next burial, or in an hour.
async::Task<> Outbox::trim_dead() {
  trim_again_ = async::Loop::current().now() + kTrimAgain;
  try {
    co_await store_.trim_dead(options_->dead);
  } catch (const redis::Error& error) {
    trim_trouble_.write(log::Level::kWarning, "the dead set could not be trimmed",
                        {{"error", error.what()}});
  }
}

async::Task<std::size_t> Outbox::send_retries(const Batch& batch) {
  std::vector<Filing> jobs;
  jobs.reserve(batch.size());
  for (const Entry& entry : batch) jobs.push_back({entry.live->job.slot, entry.text, entry.delay});
  const std::size_t late = co_await store_.retry(jobs);
  if (on_retry_filed) on_retry_filed(std::ranges::min(jobs, {}, &Filing::delay).delay);
  co_return late;
}

async::Task<std::size_t> Outbox::send_returns(const Batch& batch) {
  std::vector<const Entry*> in_order;
  in_order.reserve(batch.size());
  for (const Entry& entry : batch) in_order.push_back(&entry);
  std::ranges::sort(in_order, {}, [](const Entry* entry) { return entry->live->sequence; });
  std::vector<Return> jobs;
  jobs.reserve(batch.size());
  for (const Entry* entry : in_order) jobs.push_back({entry->live->job.slot, entry->text});
  co_return co_await store_.give_back(jobs);
}

}  // namespace penstock::job
