#include "penstock/job/mover.hpp"

#include "unit/job/store_world.hpp"

namespace penstock::job {
namespace {

using namespace std::chrono_literals;
using test::array;
using test::bulk;

struct MoverWorld : StoreWorld {
  MoverWorld() { server.latency = 1ms; }

  /// What promote says when nothing is due and `score` is the first of the set.
  void next_is(std::string_view score) {
    answer_script(scripts::promote, array({":0\r\n", bulk(score), bulk("1764000000.250000")}));
  }

  /// How many looks a mover takes in the time that `body(mover)` takes; each is two calls.
  template <class Body>
  std::size_t looks_during(Body body) {
    run_store([&](QueueStore& store) -> async::Task<> {
      Mover mover(store);
      co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
        group.spawn(mover.run(), "mover");
        co_await body(mover);
        group.cancel();
      });
    });
    return sent(scripts::promote) / 2;
  }
};

TEST_CASE_METHOD(MoverWorld, "a mover sleeps until the next job is due") {
  next_is("1764000010.250000");
  CHECK(looks_during([](Mover&) -> async::Task<> { co_await async::sleep(9s); }) == 1);
}

TEST_CASE_METHOD(MoverWorld, "a job that is due in an age, or never, costs no second look") {
  // Seconds of the year 9000 and of 2317; what Date.now() and date +%s%N say; and never.
  const std::string score = GENERATE("221845392000", "10950000000", "1764000000250",
                                     "1764000000250000000", "1e+300", "inf");
  CAPTURE(score);
  next_is(score);
  CHECK(looks_during([](Mover&) -> async::Task<> { co_await async::sleep(10s); }) == 1);
}

TEST_CASE_METHOD(MoverWorld, "a retry that is filed for an age ahead costs no second look") {
  next_is("");
  const auto file = [](Mover& mover) -> async::Task<> {
    co_await async::sleep(1s);
    mover.filed(std::chrono::milliseconds::max());
    co_await async::sleep(1s);
  };
  CHECK(looks_during(file) == 1);
}

}  // namespace
}  // namespace penstock::job
