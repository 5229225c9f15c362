#include "penstock/job/outbox.hpp"

#include "unit/job/store_world.hpp"

namespace penstock::job {
namespace {

using namespace std::chrono_literals;
using test::Command;

constexpr const char* kWrongType = "-WRONGTYPE a key of another type\r\n";
constexpr const char* kAllHeld = "*2\r\n*0\r\n:0\r\n";  // finish: none was late, no effect failed

struct OutboxWorld : StoreWorld {
  Counters counters;
  std::shared_ptr<LaneOptions> options = std::make_shared<LaneOptions>();

  OutboxWorld() {
    server.latency = 1ms;
    answer_script(scripts::finish, kAllHeld);
    answer_script(scripts::trim, "*2\r\n:0\r\n:0\r\n");
    answer_script(scripts::retry, "*0\r\n");
    answer_script(scripts::release, "*0\r\n");
    other = [](const Command& command) {
      return command[0] == "HDEL" ? ":1\r\n" : test::RedisDouble::standard(command);
    };
  }

  static LiveJobPtr job(std::string slot) {
    Job job;
    job.slot = job.id = std::move(slot);
    return std::make_unique<LiveJob>(std::move(job), nullptr);
  }

  /// Answers `body` with each of `replies` in turn, the last one again and again.
  void answer_script_in_turn(std::string_view body, std::vector<std::string> replies) {
    answers[sha1_of(body)] = [replies, next = std::size_t{0}](const Command&) mutable {
      return replies[std::min(next++, replies.size() - 1)];
    };
  }

  /// Runs `body(outbox)` while the outbox runs.
  template <class Body>
  void run_outbox(Body body) {
    run_store([&](QueueStore& store) -> async::Task<> {
      Outbox outbox(store, counters);
      outbox.configure(options);
      co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
        group.spawn(outbox.run(), "outbox");
        co_await body(outbox);
        group.cancel();
      });
    });
  }
};

TEST_CASE_METHOD(OutboxWorld, "burials that Redis refuses hold up no other outcome") {
  answer_script(scripts::finish, kWrongType);
  run_outbox([&](Outbox& outbox) -> async::Task<> {
    outbox.finish(job("s1"), {.burial = "an envelope"});
    outbox.finish(job("s2"));
    outbox.retry(job("s3"), "an envelope", 1s);
    outbox.give_back(job("s4"), "");
    co_await async::sleep(10s);
    CHECK(outbox.size() == 1);
  });
  CHECK(sent(scripts::retry) == 1);
  CHECK(sent(scripts::release) == 1);
}

TEST_CASE_METHOD(OutboxWorld, "burials that Redis refuses hold up no results") {
  answers[sha1_of(scripts::finish)] = [](const Command& command) {
    return std::ranges::find(command, "an envelope") == command.end() ? kAllHeld : kWrongType;
  };
  run_outbox([&](Outbox& outbox) -> async::Task<> {
    outbox.finish(job("s1"), {.burial = "an envelope"});
    outbox.finish(job("s2"), {.result = "42"});
    co_await async::sleep(10s);
    CHECK(outbox.size() == 1);
  });
  CHECK(counters.late == 0);
}

TEST_CASE_METHOD(OutboxWorld,
                 "what an earlier call of a batch had done is not late when repeated") {
  answer_script_in_turn(scripts::finish, {kAllHeld, "-LOADING not yet\r\n",
                                          "*2\r\n*1\r\n$2\r\ns1\r\n:0\r\n", kAllHeld});
  run_outbox([&](Outbox& outbox) -> async::Task<> {
    for (const char* slot : {"s1", "s2"})
      outbox.finish(job(slot), {.result = std::string(3'000'000, 'x')});
    co_await outbox.flushed();
  });
  CHECK(sent(scripts::finish) == 4);
  CHECK(counters.late == 0);
}

TEST_CASE_METHOD(OutboxWorld, "a job that is gone after a refusal is late") {
  answer_script_in_turn(scripts::finish,
                        {"-LOADING not yet\r\n", "*2\r\n*1\r\n$2\r\ns1\r\n:0\r\n"});
  run_outbox([&](Outbox& outbox) -> async::Task<> {
    outbox.finish(job("s1"), {.result = "42"});
    co_await outbox.flushed();
  });
  CHECK(counters.late == 1);
}

TEST_CASE_METHOD(OutboxWorld, "the dead set is trimmed at the start, and an idle queue's no more") {
  run_outbox([](Outbox&) -> async::Task<> { co_await async::sleep(24h); });
  CHECK(sent(scripts::trim) == 1);
}

TEST_CASE_METHOD(OutboxWorld, "the dead set is trimmed after a burial, and hourly while jobs end") {
  run_outbox([&](Outbox& outbox) -> async::Task<> {
    co_await async::sleep(1min);
    outbox.finish(job("s1"), {.burial = "an envelope"});
    co_await async::sleep(1min);
    CHECK(sent(scripts::trim) == 2);
    for (int minute = 0; minute < 150; ++minute) {
      outbox.finish(job("s2"));
      co_await async::sleep(1min);
    }
  });
  CHECK(sent(scripts::trim) == 4);
}

TEST_CASE_METHOD(OutboxWorld, "a trim that has removed all that it may goes on") {
  answer_script_in_turn(scripts::trim, {"*2\r\n:1000\r\n:5\r\n", "*2\r\n:7\r\n:5\r\n"});
  run_outbox([](Outbox&) -> async::Task<> { co_await async::sleep(1s); });
  CHECK(sent(scripts::trim) == 2);
}

TEST_CASE_METHOD(OutboxWorld, "the dead set is trimmed after a recovery that buried, too") {
  answer_script(scripts::recover, "*3\r\n:0\r\n:1\r\n:0\r\n");
  run_store([&](QueueStore& store) -> async::Task<> {
    CHECK_FALSE(store.has_buried());
    const Salvage salvage{.slot = "s1", .element = "a", .envelope = "b", .bury = true};
    CHECK(co_await store.salvage("gone", std::span(&salvage, 1)) == 1);
    CHECK(store.has_buried());
    co_await store.trim_dead({});
    CHECK_FALSE(store.has_buried());
  });
}

TEST_CASE_METHOD(OutboxWorld,
                 "an answer to a list that we may not write to keeps no job from ending") {
  answers[sha1_of(scripts::finish)] = [](const Command& command) {
    return std::ranges::find(command, "elsewhere") == command.end()
               ? kAllHeld
               : "-NOPERM this user has no permissions to access one of the keys\r\n";
  };
  run_store([&](QueueStore& store) -> async::Task<> {
    std::vector<Ending> endings(3);
    for (Ending& ending : endings) ending.slot = ending.id = "s";
    endings[0].result = "42";
    endings[1].reply_to = "elsewhere";
    endings[1].reply = "{}";
    endings[2].reply_to = "replies";
    endings[2].reply = "{}";
    const Ended ended = co_await store.finish(endings, 1s);
    CHECK(ended.late == 0);
    CHECK(ended.failed == 1);
  });
  CHECK(sent(scripts::finish) == 5);  // all, the first, the second with and without, the third
}

TEST_CASE_METHOD(OutboxWorld, "effects that Redis refused are counted, and keep no job") {
  answer_script(scripts::finish, "*2\r\n*0\r\n:2\r\n");
  run_store([&](QueueStore& store) -> async::Task<> {
    Ending ending;
    ending.slot = ending.id = "s1";
    ending.result = "42";
    const Ended ended = co_await store.finish(std::span(&ending, 1), 1s);
    CHECK(ended.late == 0);
    CHECK(ended.failed == 2);
  });
}

}  // namespace
}  // namespace penstock::job
