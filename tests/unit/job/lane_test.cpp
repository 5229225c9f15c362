// One lane at work on a real Redis, its handler in the test's hand.
#include "penstock/job/lane.hpp"

#include <catch2/catch.hpp>

#include "unit/redis/with_redis.hpp"

namespace penstock::job {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

/// Notes which payloads have started; each ends when told to, or as `act` says.
struct ByHand final : Handler {
  Texts started;
  std::optional<Time> born;  // the latest one
  async::Event may_end;
  std::function<async::Task<HandlerEnd>()> act;

  async::Task<HandlerEnd> run(const Attempt& attempt) override {
    started.emplace_back(attempt.job.payload());
    born = attempt.job.age_from();
    if (act) co_return co_await act();
    co_await may_end.wait();
    co_return HandlerEnd{.kind = EndKind::kExited, .code = 0};
  }
};

struct World {
  test::RedisServer server;
  test::RedisClient redis = server.client();
  std::shared_ptr<ByHand> handler = std::make_shared<ByHand>();
  std::shared_ptr<LaneOptions> options = std::make_shared<LaneOptions>();

  World() {
    options->name = options->source = "jobs";
    options->handler = handler;
    options->concurrency = 1;
  }

  void push(const Texts& payloads) {
    for (const std::string& payload : payloads) redis.cmd("LPUSH", "jobs", payload);
  }
  /// The next to leave first.
  Texts waiting() {
    const Texts all = redis.cmd("LRANGE", "jobs", 0, -1).texts();
    return {all.rbegin(), all.rend()};
  }
  auto has_started(std::size_t count) {
    return [this, count] { return handler->started.size() >= count; };
  }

  /// Runs `body` beside a lane at work; the lane must be drained by then.
  template <class Body>
  void with_lane(Body body) {
    log::set_level(log::Level::kOff);
    async::Loop loop;
    redis::Endpoint endpoint(test::options_for(server));
    redis::Client client(endpoint);
    Slots slots(10);
    UlidGenerator ids = UlidGenerator::of_system();
    RedisClock clock;
    LaneShared shared{client, endpoint, slots, ids, clock, "one", [] { return 0.0; }};
    loop.run([&]() -> async::Task<> {
      co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
        group.spawn(client.run(), "redis");
        Lane lane(shared, options);
        co_await async::task_group([&](async::TaskGroup& work) -> async::Task<> {
          work.spawn(lane.run(), "lane");
          co_await async::with_timeout(60s, body(lane));
          lane.close();
        });
        group.cancel();
      });
    }());
  }
};

TEST_CASE_METHOD(World,
                 "what is buffered when a drain begins never starts, however long Redis hangs") {
  push({"a", "b", "c"});
  with_lane([&](Lane& lane) -> async::Task<> {
    co_await test::until(has_started(1));
    co_await test::until([&] { return lane.buffered() == 2; });
    server.pause();
    async::Event drained;
    co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
      group.spawn([&]() -> async::Task<> {
        co_await lane.drain();
        drained.set();
      });
      co_await async::yield_now();
      co_await async::yield_now();
      handler->may_end.set();
      co_await test::until([&] { return lane.buffered() == 0 && lane.running() == 0; });
      server.resume();
      co_await drained.wait();
      co_await lane.flushed();
    });
  });
  CHECK(handler->started == Texts{"a"});
  CHECK(waiting() == Texts{"b", "c"});
}

TEST_CASE_METHOD(World,
                 "a lane that is told to hurry before its drain cancels what has started since") {
  push({"a"});
  with_lane([&](Lane& lane) -> async::Task<> {
    lane.cancel_running(true);
    co_await test::until(has_started(1));
    co_await lane.drain();
    co_await lane.flushed();
  });
  REQUIRE(waiting().size() == 1);
  CHECK(waiting().front().contains("\"run\":1"));
  CHECK(redis.cmd("EXISTS", "jobs:inflight:one") == 0);
}

TEST_CASE_METHOD(World, "a job is as old as its push, however long the doorbell was armed before") {
  Time pushed{};
  with_lane([&](Lane& lane) -> async::Task<> {
    co_await test::until([&] { return redis.cmd("EXISTS", "jobs:wake:one") == 1; });
    co_await async::sleep(5ms);  // of the doorbell's age, in the clock's own milliseconds
    pushed = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    push({"a"});
    co_await test::until(has_started(1));
    handler->may_end.set();
    co_await lane.drain();
    co_await lane.flushed();
  });
  CHECK(handler->born.value() >= pushed);
}

TEST_CASE_METHOD(World, "what a handler throws ends its own job, whatever it is") {
  int runs = 0;
  handler->act = [&]() -> async::Task<HandlerEnd> {
    if (++runs == 1) throw 7;
    if (runs == 2) throw async::Cancelled{};
    co_return HandlerEnd{.kind = EndKind::kExited, .code = 0};
  };
  push({"a", "b", "c"});
  with_lane([&](Lane& lane) -> async::Task<> {
    co_await test::until([&] { return lane.counters().done == 1; });
    CHECK(lane.counters().retried == 2);
    co_await lane.drain();
    co_await lane.flushed();
  });
  CHECK(handler->started == Texts{"a", "b", "c"});
  CHECK(redis.cmd("ZCARD", "jobs:retry") == 2);
}

}  // namespace
}  // namespace penstock::job
