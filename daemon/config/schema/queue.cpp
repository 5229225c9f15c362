#include <array>

#include "daemon/config/schema/fields.hpp"
#include "daemon/config/schema/schema.hpp"

namespace penstock::config {
namespace {

constexpr int kMostWorkers = 10'000;
constexpr int kLargestBuffer = 100'000;
// Redis takes no longer string.
constexpr std::uint64_t kLargestResult = 512ULL << 20U;
// With its history, and in base64 if it is no UTF-8, a payload is still to be no longer than that.
constexpr std::uint64_t kLargestPayload = 256ULL << 20U;

constexpr Words<job::PopEnd, 2> kEnds = {
    {{"right", job::PopEnd::kRight}, {"left", job::PopEnd::kLeft}}};

void read_buffer(const Scope& at, std::optional<std::size_t>& into) {
  if (at.is("auto")) return into.reset();
  if (const auto jobs = as_integer(at, 0, kLargestBuffer)) into = static_cast<std::size_t>(*jobs);
}

void read_expires(const Scope& at, std::optional<std::chrono::milliseconds>& into) {
  if (at.is("never")) return into.reset();
  if (const auto age = as_duration(at, 1s)) into = *age;
}

void read_dead(const Scope& at, job::DeadPolicy& into) {
  read_map(at, {{"max", integer(into.max, 0, 100'000'000)},
                {"age", duration(into.age, 1s)},
                {"bytes", size(into.bytes, 0, 1ULL << 50U)}});
}

void read_result(const Scope& at, job::ResultPolicy& into) {
  read_map(at, {{"ttl", duration(into.ttl, 1ms)}, {"max", size(into.max, 0, kLargestResult)}});
}

void read_queue_log(const Scope& at, log::Level& into) {
  read_map(at, {{"output", value(read_log_level, into)}});
}

void one_handler(const Scope& at) {
  const Node::Entry* first = at.node().find("exec");
  const Node::Entry* second = at.node().find("noop");
  if (first == nullptr || second == nullptr) return;
  at.entry(*second).key_error("stands beside exec: a queue has one handler, keep one of them");
}

}  // namespace

void read_queue(const Scope& at, QueueConfig& into) {
  one_handler(at);
  read_map(at, {{"list", string(into.list)},
                {"pop", choice(into.pop, kEnds)},
                {"exec", value(read_exec, into.handler)},
                {"noop", value(read_noop, into.handler)},
                {"concurrency", integer(into.concurrency, 1, kMostWorkers)},
                {"buffer", value(read_buffer, into.buffer)},
                {"priority", integer(into.priority, -1000, 1000)},
                {"weight", integer(into.weight, 1, 1000)},
                {"timeout", duration(into.timeout, 1ms)},
                {"expires", value(read_expires, into.expires)},
                {"retry", value(read_retry, into.retry)},
                {"breaker", value(read_breaker, into.breaker)},
                {"outcomes", value(read_outcomes, into.outcomes)},
                {"dead", value(read_dead, into.dead)},
                {"crashes", integer(into.crashes, 1, 1000)},
                {"result", value(read_result, into.result)},
                {"max_payload", size(into.max_payload, 1, kLargestPayload)},
                {"log", value(read_queue_log, into.output_level)},
                misplaced("command", "exec"),
                misplaced("env", "exec"),
                misplaced("cwd", "exec"),
                misplaced("user", "exec"),
                misplaced("limits", "exec"),
                misplaced("grace", "exec"),
                misplaced("attempts", "retry"),
                misplaced("backoff", "retry"),
                misplaced("jitter", "retry"),
                not_in_this_version("stream"),
                not_in_this_version("cron"),
                not_in_this_version("pool"),
                not_in_this_version("http"),
                not_in_this_version("sql"),
                not_in_this_version("redis"),
                not_in_this_version("jobs"),
                not_in_this_version("rate"),
                not_in_this_version("unique")});
}

}  // namespace penstock::config
