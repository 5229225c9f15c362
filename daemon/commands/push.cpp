#include "daemon/commands/push.hpp"

#include "penstock/async/sleep.hpp"
#include "penstock/async/timeout.hpp"

namespace penstock::commands {
namespace {

using namespace std::chrono_literals;

// How long a batch whose reply was lost is sent again: a restart or failover of Redis takes no
// longer.
constexpr auto kRepeatFor = 1min;
// A repeat is known as one for so long, in milliseconds: much longer than it is repeated.
constexpr std::string_view kGuardMs = "600000";
// Between repeats that Redis refuses at once, as it does while its memory is full.
constexpr auto kPause = 100ms;

redis::Error may_be_pushed(const redis::Error& why, const Batch& batch) {
  const std::string what = batch.size() == 1 ? "the job " + batch.ids.front()
                                             : "the last " + std::to_string(batch.size()) + " jobs";
  return {why.failure(), std::string(why.what()) + "; " + what +
                             " may have been pushed: look before you push again"};
}

redis::Error not_back() {
  return {redis::Failure::kUnavailable, "not back within a minute"};
}

}  // namespace

/// The script's keys and arguments for one batch, the same for each repeat.
struct Pusher::Call {
  Call(const Pusher& pusher, const Batch& batch, std::string batch_name)
      : name(std::move(batch_name)),
        lock_ms(std::to_string(pusher.options_.lock_for.count())),
        keys{pusher.keys_.source(), pusher.keys_.scheduled(), pusher.keys_.guard(pusher.name_)} {
    const PushOptions& options = pusher.options_;
    if (!options.unique.empty()) keys.push_back(pusher.keys_.unique(options.unique));
    key_views.assign(keys.begin(), keys.end());
    arguments = {options.pop, name, kGuardMs, lock_ms};
    const std::string_view lock = options.unique.empty() ? "0" : "4";
    for (std::size_t i = 0; i < batch.size(); ++i)
      arguments.insert(arguments.end(), {batch.elements[i], options.when, lock, batch.ids[i]});
  }
  Call(const Call&) = delete;  // its views are of its own strings
  Call& operator=(const Call&) = delete;

  const std::string name;
  const std::string lock_ms;
  std::vector<std::string> keys;
  std::vector<std::string_view> key_views;
  std::vector<std::string_view> arguments;
};

Pusher::Pusher(redis::Client& client, PushOptions options)
    : client_(client), options_(std::move(options)), keys_(options_.source) {}

async::Task<std::optional<std::string>> Pusher::push(const Batch& batch) {
  const Call call(*this, batch, ids_.next());
  std::optional<redis::Error> unknown;
  try {
    redis::Reply reply = co_await async::with_timeout(kRepeatFor, answer_to(call, unknown));
    redis::Reply::Array& refused = reply.array();
    if (refused.empty()) co_return std::nullopt;
    co_return std::move(refused.at(1).string());
  } catch (const async::Timeout&) {
    if (!unknown) throw not_back();
  } catch (const redis::Error& error) {
    if (!unknown) throw;
    unknown = error;
  }
  throw may_be_pushed(*unknown, batch);
}

/// Sends the batch until Redis answers; in `unknown` is the last error, once Redis may have it.
async::Task<redis::Reply> Pusher::answer_to(const Call& call,
                                            std::optional<redis::Error>& unknown) {
  static const redis::Script script("enqueue", job::scripts::enqueue);
  for (;;) {
    co_await client_.wait_connected();
    try {
      co_return co_await client_.eval(script, call.key_views, call.arguments);
    } catch (const redis::Error& error) {
      if (!unknown && !error.may_have_run()) throw;
      if (!error.transient()) throw;
      unknown = error;
    }
    co_await async::sleep(kPause);
  }
}

async::Task<job::Time> Pusher::time() {
  try {
    co_return co_await async::with_timeout(kRepeatFor, answer_to_time());
  } catch (const async::Timeout&) {
    throw not_back();
  }
}

async::Task<job::Time> Pusher::answer_to_time() {
  for (;;) {
    co_await client_.wait_connected();
    try {
      const redis::Reply reply = co_await client_.call({"TIME"});  // seconds, microseconds
      const std::string& us = reply.array().at(1).string();
      co_return job::parse_unix_time(reply.array().at(0).string()) +
          std::chrono::milliseconds(std::stoll(us) / 1000);
    } catch (const redis::Error& error) {
      if (!error.transient()) throw;
    }
    co_await async::sleep(kPause);
  }
}

}  // namespace penstock::commands
