// The Lua scripts, by the names of their files in scripts/, where keys, arguments and returns are
// told; and the names of the keys that they and the daemon use.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace penstock::job {

namespace scripts {

// The life of a job.
extern const std::string_view enqueue;
extern const std::string_view promote;
extern const std::string_view fetch;
extern const std::string_view finish;
extern const std::string_view retry;
extern const std::string_view release;

// What a dead instance leaves behind.
extern const std::string_view adopt;
extern const std::string_view recover;

// Upkeep.
extern const std::string_view trim;
extern const std::string_view count;

// The register of instances.
extern const std::string_view instance_register;
extern const std::string_view instance_renew;
extern const std::string_view instance_leave;

// What one call of fetch takes at most: a Lua call takes no more arguments than it has stack for.
inline constexpr std::size_t kMaxFetch = 500;

}  // namespace scripts

/// The keys of a queue: the user's key, and that key with a suffix.
class QueueKeys {
 public:
  explicit QueueKeys(std::string source) : source_(std::move(source)) {}

  const std::string& source() const { return source_; }
  std::string scheduled() const { return source_ + ":scheduled"; }
  std::string retry() const { return source_ + ":retry"; }
  std::string dead() const { return source_ + ":dead"; }
  std::string stats() const { return source_ + ":stats"; }
  std::string inflight(std::string_view instance) const { return with(":inflight:", instance); }
  std::string wake(std::string_view instance) const { return with(":wake:", instance); }
  std::string result(std::string_view job_id) const { return with(":result:", job_id); }
  /// Held by the live job that was pushed with `--unique KEY`.
  std::string unique(std::string_view key) const { return with(":unique:", key); }
  /// Where a waiting producer is answered. Made by Penstock, so it may expire; a reply_to of
  /// another name is the user's own, and expires by nobody's hand but theirs.
  std::string reply(std::string_view name) const { return with(":reply:", name); }
  bool is_reply(std::string_view key) const { return key.starts_with(source_ + ":reply:"); }
  /// What a producer or an instance did last, so that a repeat changes nothing.
  std::string guard(std::string_view of) const { return with(":guard:", of); }

 private:
  std::string with(std::string_view suffix, std::string_view name) const {
    return source_ + std::string(suffix) + std::string(name);
  }

  std::string source_;
};

/// The keys of the register of instances.
class InstanceKeys {
 public:
  explicit InstanceKeys(std::string_view instance)
      : instance_("penstock:instance:" + std::string(instance)) {}

  static std::string_view instances() { return "penstock:instances"; }
  const std::string& instance() const { return instance_; }
  /// The sources whose jobs the instance may hold; outlives its lease.
  std::string queues() const { return instance_ + ":queues"; }

 private:
  std::string instance_;
};

}  // namespace penstock::job
