#include <unistd.h>

#include <cstdio>
#include <utility>
#include <vector>

#include "daemon/commands/answer.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/commands/context.hpp"
#include "daemon/commands/exit_codes.hpp"
#include "daemon/commands/input_lines.hpp"
#include "daemon/commands/json.hpp"
#include "daemon/commands/progress.hpp"
#include "daemon/commands/push.hpp"
#include "daemon/commands/when.hpp"
#include "daemon/config/units.hpp"
#include "penstock/job/envelope_compose.hpp"
#include "penstock/job/scripts.hpp"

namespace penstock::commands {
namespace {

using std::chrono::milliseconds;

// How long a unique job may wait for its turns, besides what its retries take; a lost job's lock
// ends.
constexpr milliseconds kLockMargin = std::chrono::days(7);

/// What the options come to: the same for every payload of a call.
struct Plan {
  PushOptions push;
  job::NewJob job;
  std::uint64_t max_payload;
  std::optional<milliseconds> ttl;
  std::optional<milliseconds> timeout;
  job::UlidGenerator ids = job::UlidGenerator::of_system();
};

/// Reads `text` into `duration`; false after a complaint.
bool read_duration(std::string_view option, const std::string& text,
                   std::optional<milliseconds>& duration) {
  if (text.empty()) return true;
  auto parsed = config::parse_duration(text);
  if (!parsed) {
    complain(std::string(option) + " " + parsed.error());
    return false;
  }
  duration = *parsed;
  return true;
}

/// Whether a job that is due in `delay` lives so long; false after a complaint.
bool outlives(const std::string& option, milliseconds delay, const Plan& plan,
              const config::QueueConfig& queue) {
  const auto too_short = [&](const std::string& name, std::optional<milliseconds> lasts) {
    if (!lasts || delay < *lasts) return false;
    complain("the job would be dropped unrun: " + option + " lies " + config::to_text(delay) +
             " ahead, and " + name + " is " + config::to_text(*lasts) +
             "; shorten the one or lengthen the other");
    return true;
  };
  return !too_short("--ttl", plan.ttl) && !too_short("the queue's expires", queue.expires);
}

std::optional<Plan> make_plan(const EnqueueOptions& options, const config::QueueConfig& queue) {
  Plan plan{.push = {.source = queue.list,
                     .pop = queue.pop == job::PopEnd::kRight ? "RIGHT" : "LEFT",
                     .unique = options.unique,
                     .lock_for = queue.retry.horizon(queue.timeout) + kLockMargin},
            .job = {.id = options.id, .type = options.type, .unique = options.unique},
            .max_payload = queue.max_payload,
            .ttl = {},
            .timeout = {}};
  std::optional<milliseconds> delay;
  if (!read_duration("--in", options.in, delay) || !read_duration("--ttl", options.ttl, plan.ttl) ||
      !read_duration("--timeout", options.timeout, plan.timeout)) {
    return std::nullopt;
  }
  if (delay && !outlives("--in", *delay, plan, queue)) return std::nullopt;
  if (delay) plan.push.when = "+" + std::to_string(delay->count());
  if (!options.at.empty()) {
    const auto time = parse_time(options.at);
    if (!time) {
      complain("--at is no time from 1970 to 9999 that the calendar has, but \"" + options.at +
               "\": write 2026-12-24T18:00:00Z, or Unix seconds");
      return std::nullopt;
    }
    const auto now = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
    if (!outlives("--at", *time - now, plan, queue)) return std::nullopt;
    plan.push.when = job::seconds_text(*time);
  }
  return plan;
}

/// False after a complaint about `what`.
bool fits(const Plan& plan, std::string_view payload, const std::string& what) {
  if (payload.size() <= plan.max_payload) return true;
  complain(what + " is larger than the queue's max_payload, " + std::to_string(plan.max_payload) +
           " bytes: not pushed, as it would be buried");
  return false;
}

/// Adds what was pushed `now` by Redis' clock. False after a complaint.
bool add(Plan& plan, Batch& batch, std::string_view payload, job::Time now) {
  job::NewJob job = plan.job;
  if (job.id.empty()) job.id = plan.ids.next();
  job.enqueued_at = now;
  if (plan.ttl) job.expires_at = now + *plan.ttl;
  auto envelope = job::compose_new(job, payload);
  if (!envelope) {
    complain(envelope.error());
    return false;
  }
  batch.add(std::move(job.id), std::move(*envelope));
  return true;
}

/// Prints what became of the job. `reply` is {"id":…,"outcome":…,"result" or "reason":…}.
int print_outcome(const std::string& id, const std::string& reply, bool as_json) {
  const Json answer = read_json(reply);
  const std::string outcome = text_of(answer, "outcome");
  const bool done = outcome == "done";
  if (as_json) {
    std::puts(reply.c_str());
  } else if (done) {
    const std::string result = text_of(answer, "result");
    std::fwrite(result.data(), 1, result.size(), stdout);
  } else {
    complain("the job " + id + " was " + outcome + ": " + text_of(answer, "reason"));
  }
  return written(done ? kDone : kNegative, "the job " + id + " was " + outcome);
}

async::Task<int> await_outcome(redis::Client& client, const Plan& plan, const std::string& id,
                               bool as_json) {
  const milliseconds limit = plan.timeout.value_or(std::chrono::hours(24));
  std::optional<std::string> answer;
  try {
    answer = co_await await_answer(client, plan.job.reply_to, limit);
  } catch (const redis::Error& error) {
    throw redis::Error(error.failure(), std::string(error.what()) + "; the job " + id +
                                            " is pushed, but its end cannot be waited for");
  }
  if (answer) co_return print_outcome(id, *answer, as_json);
  complain("the job " + id + " is pushed, and has not ended in " + config::to_text(limit) +
           (client.connected() ? "; it goes on" : " as far as is known: Redis is away"));
  co_return kTimedOut;
}

async::Task<int> enqueue_one(redis::Client& client, Plan& plan, const EnqueueOptions& options) {
  if (options.wait) plan.job.reply_to = job::QueueKeys(plan.push.source).reply(plan.ids.next());
  Batch batch;
  Pusher pusher(client, plan.push);
  if (!fits(plan, options.payload, "the payload")) co_return kUsage;
  if (!add(plan, batch, options.payload, co_await pusher.time())) co_return kUsage;
  if (const auto holder = co_await pusher.push(batch)) {
    complain("not pushed: the job " + *holder + " holds the key \"" + options.unique + "\"");
    co_return kNegative;
  }
  const std::string& id = batch.ids.front();
  if (options.wait) co_return co_await await_outcome(client, plan, id, options.json);
  if (options.json) {
    print_json({{"id", id}});
  } else {
    std::puts(id.c_str());
  }
  co_return written(kDone, "the job " + id + " is pushed");
}

/// A line that is too large is left out; the exit status tells.
async::Task<int> enqueue_lines(redis::Client& client, Plan& plan, bool as_json) {
  Progress progress("pushed");
  Pusher pusher(client, plan.push);
  InputLines input(STDIN_FILENO, plan.max_payload);
  int status = kDone;
  std::size_t number = 0;
  std::size_t pushed = 0;
  Batch batch;
  job::Time now{};
  const auto flush = [&]() -> async::Task<> {
    if (batch.size() > 0) co_await pusher.push(batch);
    pushed += std::exchange(batch, {}).size();
    progress.at(pushed);
  };
  while (const auto lines = co_await input.next()) {
    for (const std::string& line : *lines) {
      if (!fits(plan, line, "line " + std::to_string(++number))) {
        status = kUsage;
        continue;
      }
      if (batch.size() == 0) now = co_await pusher.time();
      if (!add(plan, batch, line, now)) co_return kUsage;  // an option: so it is the first line
      if (batch.full()) co_await flush();
    }
    if (input.paused()) co_await flush();
  }
  co_await flush();
  progress.done();
  if (as_json) {
    print_json({{"pushed", pushed}});
  } else {
    std::printf("pushed %zu jobs\n", pushed);
  }
  co_return written(status, std::to_string(pushed) + " jobs are pushed");
}

}  // namespace

int enqueue(const EnqueueOptions& options) {
  const auto config = load_config(options.config_file);
  if (!config) return config.error();
  const config::QueueConfig* queue = find_queue(*config, options.queue);
  if (queue == nullptr) return kUsage;
  const bool lines = options.payload == "-";
  if (lines && (options.wait || !options.id.empty() || !options.unique.empty())) {
    complain("--wait, --id and --unique are for one job; with - there are many");
    return kUsage;
  }
  std::optional<Plan> plan = make_plan(options, *queue);
  if (!plan) return kUsage;
  return with_redis(*config, [&](redis::Client& client) {
    return lines ? enqueue_lines(client, *plan, options.json) : enqueue_one(client, *plan, options);
  });
}

}  // namespace penstock::commands
