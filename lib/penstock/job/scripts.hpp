// The Lua scripts, by the names of their files in scripts/, where keys, arguments and returns are
// told; and the names of the keys that they and the daemon use.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace penstock::job {

namespace scripts {

// The life of a job.
extern const std::string_view enqueue;
extern const std::string_view promote;
extern const std::string_view fetch;
extern const std::string_view charge;
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
  /// What stands behind the user's key and a colon, up to the next colon: no other key below has
  /// another, or it would not compile.
  static constexpr std::array<std::string_view, 10> kSuffixes{
      "scheduled", "retry",  "dead",   "stats", "inflight",
      "wake",      "result", "unique", "reply", "guard"};

 private:
  static consteval std::string_view suffix(std::string_view text) {
    for (const std::string_view own : kSuffixes) {
      if (own == text) return own;
    }
    throw "a suffix that kSuffixes lacks";
  }

 public:
  explicit QueueKeys(std::string source) : source_(std::move(source)) {}

  const std::string& source() const { return source_; }
  std::string scheduled() const { return key(suffix("scheduled")); }
  std::string retry() const { return key(suffix("retry")); }
  std::string dead() const { return key(suffix("dead")); }
  std::string stats() const { return key(suffix("stats")); }
  std::string inflight(std::string_view instance) const {
    return key(suffix("inflight"), instance);
  }
  std::string wake(std::string_view instance) const { return key(suffix("wake"), instance); }
  std::string result(std::string_view job_id) const { return key(suffix("result"), job_id); }
  /// Held by the live job that was pushed with `--unique KEY`.
  std::string unique(std::string_view name) const { return key(suffix("unique"), name); }
  /// Where a waiting producer is answered. Made by Penstock, so it may expire; a reply_to of
  /// another name is the user's own, and expires by nobody's hand but theirs.
  std::string reply(std::string_view name) const { return key(suffix("reply"), name); }
  bool is_reply(std::string_view key) const { return key.starts_with(reply("")); }
  /// What a producer or an instance did last, so that a repeat changes nothing.
  std::string guard(std::string_view of) const { return key(suffix("guard"), of); }

 private:
  std::string key(std::string_view suffix) const { return source_ + ":" + std::string(suffix); }
  std::string key(std::string_view suffix, std::string_view name) const {
    return key(suffix) + ":" + std::string(name);
  }

  std::string source_;
};

/// Whether a key may be one of Penstock's own, of any queue; those that answers go to aside.
inline bool is_own_key(std::string_view key) {
  const auto behind = [&](std::string_view suffix) {
    const std::string part = ":" + std::string(suffix);
    return suffix != "reply" && (key.ends_with(part) || key.contains(part + ":"));
  };
  return key.starts_with("penstock:") || std::ranges::any_of(QueueKeys::kSuffixes, behind);
}

/// The keys of the register of instances.
class InstanceKeys {
 public:
  explicit InstanceKeys(std::string_view instance)
      : instance_("penstock:instance:" + std::string(instance)) {}

  static std::string_view instances() { return "penstock:instances"; }
  const std::string& instance() const { return instance_; }
  /// The sources whose jobs the instance may hold; outlives its lease.
  std::string queues() const { return instance_ + std::string(kQueuesSuffix); }

  /// No instance may have a name that ends so: its key would be another's queues().
  static constexpr std::string_view kQueuesSuffix = ":queues";

 private:
  std::string instance_;
};

}  // namespace penstock::job
