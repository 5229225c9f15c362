#include "penstock/job/fetcher.hpp"

#include "penstock/job/envelope.hpp"
#include "unit/job/store_world.hpp"

namespace penstock::job {
namespace {

using namespace std::chrono_literals;
using test::array;
using test::bulk;
using test::Command;

/// A fetcher of a queue that is empty in Redis. What it delivers is kept.
struct FetcherWorld : StoreWorld {
  LiveJobs live;
  std::vector<LiveJobPtr> jobs;
  std::size_t adoptions = 0;
  std::vector<Command> asked;         // whatever is not a script
  std::vector<std::string> slots;     // that Redis says are held
  std::string size = ":3000000\r\n";  // of each
  int rings = 0;                      // of the doorbell that bring a job
  bool refusing = false;              // fetches

  FetcherWorld() {
    server.latency = 500ms;
    answers[sha1_of(scripts::fetch)] = [this](const Command& command) -> std::string {
      if (refusing) return "-LOADING Redis is loading the dataset in memory\r\n";
      return array({bulk(command[9]), bulk(""), bulk(""), "*0\r\n"});
    };
    other = [this](const Command& command) { return answer(command); };
  }

  std::string answer(const Command& command) {
    asked.push_back(command);
    if (command[0] == "BLMOVE") return rings-- > 0 ? bulk("a job") : "$-1\r\n";
    if (command[0] == "HSTRLEN") return size;
    if (command[0] == "HKEYS" || command[0] == "HMGET") {
      const std::size_t count = command[0] == "HKEYS" ? slots.size() : command.size() - 2;
      std::string reply = "*" + std::to_string(count) + "\r\n";
      for (std::size_t i = 0; i < count; ++i)
        reply += bulk(command[0] == "HKEYS" ? slots[i] : "job " + command[i + 2]);
      return reply;
    }
    return test::RedisDouble::standard(command);
  }

  std::vector<Command> all(std::string_view name) const {
    std::vector<Command> found;
    for (const Command& command : asked)
      if (command[0] == name) found.push_back(command);
    return found;
  }

  Fetcher::Hooks hooks() {
    return {.room = [] { return std::size_t{10}; },
            .closed_until = [] { return async::TimePoint::max(); },
            .deliver = [this](Delivery delivery, bool adopted) { keep(delivery, adopted); },
            .element_limit = [] { return std::uint64_t{1} << 20U; },
            .adopted = [this] { ++adoptions; },
            .live = live};
  }

  void keep(Delivery& delivery, bool adopted) {
    auto job = parse_element(std::move(delivery.element), std::move(delivery.slot));
    jobs.push_back(std::make_unique<LiveJob>(std::move(job.value()), nullptr));
    jobs.back()->adopted = adopted;
    live.push_back(*jobs.back());
    if (!adopted) refusing = true;
  }

  /// Runs `body(fetcher)` while the fetcher runs.
  template <class Body>
  void run_fetcher(Body body) {
    run_store([&](QueueStore& store) -> async::Task<> {
      Fetcher fetcher(store, doorbell(), "host", hooks());
      co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
        group.spawn(fetcher.run(), "fetcher");
        co_await body(fetcher);
        group.cancel();
      });
    });
  }
};

TEST_CASE_METHOD(FetcherWorld,
                 "jobs whose delivery was lost are taken in as many as fit one call") {
  slots = {"s1", "s2", "s3"};
  run_fetcher([&](Fetcher&) -> async::Task<> { co_await async::sleep(5s); });
  REQUIRE(all("HMGET").size() == 3);
  for (const Command& command : all("HMGET")) CHECK(command.size() == 3);
  REQUIRE(jobs.size() == 3);
  CHECK(jobs[0]->job.slot == "s1");
  CHECK(jobs[2]->job.slot == "s3");
}

TEST_CASE_METHOD(FetcherWorld, "many small jobs whose delivery was lost are taken in at once") {
  slots = {"s1", "s2", "s3"};
  size = ":100\r\n";
  run_fetcher([&](Fetcher&) -> async::Task<> { co_await async::sleep(5s); });
  CHECK(all("HMGET").size() == 1);
  CHECK(jobs.size() == 3);
}

TEST_CASE_METHOD(FetcherWorld, "the second look is taken while the doorbell is armed") {
  run_fetcher([&](Fetcher&) -> async::Task<> { co_await async::sleep(12s); });
  CHECK(all("HKEYS").size() == 2);
  const std::vector<Command> rung = all("BLMOVE");
  CHECK(std::stoi(rung.front()[5]) <= 6);
  CHECK(rung.back()[5] == "50");
}

TEST_CASE_METHOD(FetcherWorld, "what rang is adopted after the end, once Redis lets it") {
  rings = 1;
  run_fetcher([&](Fetcher& fetcher) -> async::Task<> {
    while (jobs.empty()) co_await async::sleep(1s);
    co_await fetcher.stop();
    CHECK_FALSE(fetcher.in_step());
    CHECK_FALSE(jobs[0]->adopted);
    refusing = false;
    co_await async::sleep(10s);
    CHECK(jobs[0]->adopted);
    CHECK(adoptions > 0);
    CHECK(fetcher.in_step());
  });
}

TEST_CASE_METHOD(FetcherWorld, "what rang is adopted after the end, once the lease is back") {
  rings = 1;
  run_fetcher([&](Fetcher& fetcher) -> async::Task<> {
    while (jobs.empty()) co_await async::sleep(1s);
    refusing = false;
    fetcher.set_lease(false);
    co_await fetcher.stop();
    co_await async::sleep(5s);
    CHECK_FALSE(jobs[0]->adopted);
    fetcher.set_lease(true);
    co_await async::sleep(30s);
    CHECK(jobs[0]->adopted);
  });
}

}  // namespace
}  // namespace penstock::job
