#include "penstock/job/watcher.hpp"

#include <algorithm>

#include "penstock/async/task_group.hpp"
#include "penstock/async/timeout.hpp"
#include "penstock/log/log.hpp"

namespace penstock::job {
namespace {

constexpr std::string_view kChannel = "__redis__:invalidate";

// After a refusal; an administrator may have mended it.
constexpr std::chrono::seconds kAskAgain{60};

}  // namespace

Watcher::Watcher(redis::Endpoint& endpoint, redis::Client& client, Lanes lanes)
    : client_(client),
      lanes_(std::move(lanes)),
      subscriber_(endpoint,
                  {.name = "watcher",
                   .on_connect = [this](redis::Connected& connected) -> async::Task<> {
                     co_await connected.call({"SUBSCRIBE", kChannel});
                     changed_.set();
                   },
                   .on_message = [this](redis::Reply message) { told(std::move(message)); }}) {}

async::Task<> Watcher::run() {
  co_await async::task_group([this](async::TaskGroup& group) -> async::Task<> {
    group.spawn(subscriber_.run(), "subscriber");
    co_await keep_tracking();
  });
}

async::Task<> Watcher::keep_tracking() {
  for (;;) {
    co_await subscriber_.wait_connected();
    co_await client_.wait_connected();
    changed_.clear();
    bool tracking = false;
    try {
      co_await track();
      tracking = true;
    } catch (const redis::Error& error) {
      if (subscriber_.connected() && client_.connected()) {
        trouble_.write(log::Level::kWarning,
                       "Redis will not tell of changes; looking once a second instead",
                       {{"error", error.what()}});
      }
    }
    tell_all(!tracking);
    const async::TimePoint again =
        tracking ? async::TimePoint::max() : async::Loop::current().now() + kAskAgain;
    try {
      co_await async::with_deadline(again, changed_.wait());
    } catch (const async::Timeout&) {
    }
  }
}

async::Task<> Watcher::track() {
  const std::string id = std::to_string(subscriber_.id());
  const std::vector<std::string> watched = prefixes();
  std::vector<std::string_view> command{"CLIENT", "TRACKING", "ON",    "REDIRECT",
                                        id,       "BCAST",    "NOLOOP"};
  for (const std::string& prefix : watched) command.insert(command.end(), {"PREFIX", prefix});
  co_await client_.call({"CLIENT", "TRACKING", "OFF"});
  if (!watched.empty()) co_await client_.call(command);
}

/// The watched keys, without those that another one is the beginning of: Redis refuses overlapping
/// prefixes.
std::vector<std::string> Watcher::prefixes() const {
  std::vector<std::string> keys;
  for (const std::shared_ptr<Lane>& lane : lanes_()) {
    keys.push_back(lane->store().keys().scheduled());
    keys.push_back(lane->store().keys().retry());
  }
  std::ranges::sort(keys);
  std::vector<std::string> chosen;
  for (std::string& key : keys) {
    if (chosen.empty() || !key.starts_with(chosen.back())) chosen.push_back(std::move(key));
  }
  return chosen;
}

/// message, channel, and the keys that were changed; no keys when the whole data set was flushed.
void Watcher::told(redis::Reply message) {
  if (!message.is_array() || message.array().size() < 3) return;
  redis::Reply& keys = message.array()[2];
  for (const std::shared_ptr<Lane>& lane : lanes_()) {
    const QueueKeys& ours = lane->store().keys();
    const auto is_ours = [&](const redis::Reply& key) {
      return key.is_string() && (key.string() == ours.scheduled() || key.string() == ours.retry());
    };
    if (!keys.is_array() || std::ranges::any_of(keys.array(), is_ours)) lane->mover().look();
  }
}

void Watcher::tell_all(bool polling) {
  for (const std::shared_ptr<Lane>& lane : lanes_()) lane->mover().set_polling(polling);
}

}  // namespace penstock::job
