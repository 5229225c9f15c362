// What the keys of a queue come out as.
#include <catch2/catch.hpp>

#include "load.hpp"

namespace penstock::config {
namespace {

TEST_CASE("a queue that says nothing but its handler has every default") {
  const QueueConfig q = queue("noop: {}");
  CHECK(q.name == "q");
  CHECK(q.list == "q");
  CHECK(q.pop == job::PopEnd::kRight);
  CHECK(q.concurrency == 10);
  CHECK_FALSE(q.buffer);
  CHECK(q.priority == 0);
  CHECK(q.weight == 1);
  CHECK(q.timeout == 60s);
  CHECK_FALSE(q.expires);
  CHECK(q.crashes == 3);
  CHECK(q.max_payload == 1'048'576);
  CHECK(q.output_level == log::Level::kInfo);
}

TEST_CASE("a queue's keys are read") {
  const QueueConfig q = queue(
      "noop: {}, list: jobs, pop: left, concurrency: 3, buffer: 7, priority: -2, weight: 4, "
      "timeout: 90s, expires: 1h, crashes: 5, max_payload: 2MiB, log: {output: debug}");
  CHECK(q.list == "jobs");
  CHECK(q.pop == job::PopEnd::kLeft);
  CHECK(q.concurrency == 3);
  CHECK(q.buffer == 7U);
  CHECK(q.priority == -2);
  CHECK(q.weight == 4);
  CHECK(q.timeout == 90s);
  CHECK(q.expires == 1h);
  CHECK(q.crashes == 5);
  CHECK(q.max_payload == 2U << 20U);
  CHECK(q.output_level == log::Level::kDebug);
}

TEST_CASE("a queue may have more workers than the daemon has slots") {
  CHECK(loaded("concurrency: 2\nqueues: {q: {noop: {}, concurrency: 9}}").queues[0].concurrency ==
        9);
}

TEST_CASE("queues come in the order of the file") {
  const Config config = loaded("queues: {z: {noop: {}}, a: {noop: {}}, m: {noop: {}}}");
  CHECK(config.queues[0].name == "z");
  CHECK(config.queues[1].name == "a");
  CHECK(config.queues[2].name == "m");
}

TEST_CASE("dead and result are read") {
  const QueueConfig q =
      queue("noop: {}, dead: {max: 5, age: 2d, bytes: 1MiB}, result: {ttl: 10m, max: 1KiB}");
  CHECK(q.dead.max == 5);
  CHECK(q.dead.age == 48h);
  CHECK(q.dead.bytes == 1U << 20U);
  CHECK(q.result.ttl == 10min);
  CHECK(q.result.max == 1024);
}

TEST_CASE("a result that would live for no time is refused") {
  const auto found = complaints("queues: {q: {noop: {}, result: {ttl: 0s}}}");
  REQUIRE(found.size() == 1);
  CHECK(found[0].contains("write 1ms to"));
  CHECK(loaded("queues: {q: {noop: {}, result: {max: 0B}}}").queues[0].result.max == 0);
}

TEST_CASE("a queue's own key goes before the default") {
  const Config config = loaded(
      "defaults: {timeout: 5s, concurrency: 3, noop: {}}\n"
      "queues: {a: {}, b: {timeout: 9s}}");
  CHECK(config.queues[0].timeout == 5s);
  CHECK(config.queues[1].timeout == 9s);
  CHECK(config.queues[1].concurrency == 3);
}

TEST_CASE("a queue's own map goes over the default's key by key") {
  const Config config = loaded(
      "defaults: {noop: {}, retry: {attempts: 3, base: 2s}, outcomes: {exit: {3: bury, 4: drop}}}\n"
      "queues: {q: {retry: {base: 4s}, outcomes: {exit: {3: done}}}}");
  const QueueConfig& q = config.queues[0];
  CHECK(q.retry.attempts == 3);
  CHECK(q.retry.base == 4s);
  CHECK(q.outcomes.exit.at(3) == job::OutcomeKind::kDone);
  CHECK(q.outcomes.exit.at(4) == job::OutcomeKind::kDrop);
}

TEST_CASE("auto and never take a default back") {
  const Config config = loaded(
      "defaults: {noop: {}, buffer: 5, expires: 1h}\n"
      "queues: {q: {buffer: auto, expires: never}}");
  CHECK_FALSE(config.queues[0].buffer);
  CHECK_FALSE(config.queues[0].expires);
}

TEST_CASE("defaults may stand below the queues") {
  CHECK(loaded("queues: {q: {}}\ndefaults: {noop: {wait: 3ms}}").queues.size() == 1);
}

TEST_CASE("one queue's wrong key does not hide another's") {
  CHECK(complaints("queues: {a: {noop: {}, timeout: 5}, b: {noop: {}, weight: 0}}").size() == 2);
}

}  // namespace
}  // namespace penstock::config
