#include <catch2/catch.hpp>

#include "unit/job/script_fixture.hpp"

namespace penstock::job {
namespace {

struct Enqueue : ScriptFixture {
  const std::string guard_ = keys.guard("producer");
  const std::string lock_ = keys.unique("k");

  /// Jobs: element, when, lock, holder.
  Reply enqueue(const std::string& batch, const Texts& jobs) {
    Texts arguments{pop, batch, "60000", "30000"};
    arguments.insert(arguments.end(), jobs.begin(), jobs.end());
    return redis.eval(scripts::enqueue, {keys.source(), keys.scheduled(), guard_, lock_},
                      arguments);
  }
};

TEST_CASE_METHOD(Enqueue, "enqueue: jobs go behind those that wait, in their order") {
  for (const char* end : {"RIGHT", "LEFT"}) {
    redis.cmd("FLUSHALL");
    pop = end;
    push({"waiting"});
    CHECK(enqueue("b1", {"a", "", "0", "", "b", "", "0", ""}).texts().empty());
    CHECK(waiting() == Texts{"waiting", "a", "b"});
  }
}

TEST_CASE_METHOD(Enqueue,
                 "enqueue: a job for later is scheduled, by the clock of Redis or a time") {
  const double before = now();
  enqueue("b1", {"soon", "+1500", "0", "", "then", "2000000000.25", "0", ""});
  CHECK(near(score(keys.scheduled(), "soon"), before + 1.5));
  CHECK(score(keys.scheduled(), "then") == 2'000'000'000.25);
  CHECK(waiting().empty());
}

TEST_CASE_METHOD(Enqueue, "enqueue: a repeat pushes nothing again, even after the job went on") {
  enqueue("b1", {"a", "", "0", ""});
  redis.cmd("DEL", keys.source());
  CHECK(enqueue("b1", {"a", "", "0", ""}).texts().empty());
  CHECK(waiting().empty());
}

TEST_CASE_METHOD(Enqueue, "enqueue: the same job in another batch is another job") {
  enqueue("b1", {"a", "", "0", ""});
  enqueue("b2", {"a", "", "0", ""});
  CHECK(waiting() == Texts{"a", "a"});
}

TEST_CASE_METHOD(Enqueue, "enqueue: what knows the repeat, and the locks, go away by themselves") {
  enqueue("b1", {"a", "", "4", "j1"});
  CHECK(redis.cmd("PTTL", guard_).integer > 50'000);
  CHECK(redis.cmd("PTTL", lock_).integer > 20'000);
}

TEST_CASE_METHOD(Enqueue, "enqueue: the time of a lock begins when its job is due") {
  enqueue("b1", {"a", "+60000", "4", "j1"});
  CHECK(redis.cmd("PTTL", lock_).integer > 80'000);
  CHECK(redis.cmd("PTTL", lock_).integer <= 90'000);
  redis.cmd("FLUSHALL");
  enqueue("b1", {"a", "1000000000.5", "4", "j1"});  // long past
  CHECK(redis.cmd("PTTL", lock_).integer > 20'000);
}

TEST_CASE_METHOD(Enqueue, "enqueue: of two jobs with one lock the second is refused by the first") {
  CHECK(enqueue("b1", {"a", "", "4", "j1", "b", "", "4", "j2"}).texts() == Texts{"2", "j1"});
  CHECK(enqueue("b2", {"c", "", "0", "", "d", "+5", "4", "j3"}).texts() == Texts{"2", "j1"});
  CHECK(waiting() == Texts{"a", "c"});
  CHECK(redis.cmd("EXISTS", keys.scheduled()) == 0);
}

TEST_CASE_METHOD(Enqueue, "enqueue: one id pushed twice under its lock is refused too") {
  enqueue("b1", {"a", "", "4", "j1"});
  CHECK(enqueue("b2", {"a", "", "4", "j1"}).texts() == Texts{"1", "j1"});
  CHECK(waiting() == Texts{"a"});
}

TEST_CASE_METHOD(Enqueue, "enqueue: a repeat refuses the same jobs and no others") {
  const Texts jobs{"a", "", "4", "j1", "b", "", "4", "j2"};
  enqueue("b1", jobs);
  CHECK(enqueue("b1", jobs).texts() == Texts{"2", "j1"});
  CHECK(waiting() == Texts{"a"});
}

TEST_CASE_METHOD(Enqueue, "enqueue: a lock that was let go can be taken again") {
  enqueue("b1", {"a", "", "4", "j1"});
  hold("s1", "a");
  finish({"s1", "", "1", "unlock", "4", "j1"}, {lock_});
  CHECK(enqueue("b2", {"b", "", "4", "j2"}).texts().empty());
}

TEST_CASE_METHOD(Enqueue, "enqueue: wakes who waits") {
  test::RedisClient waiter = server().client();
  waiter.send({"BLMOVE", keys.source(), wake, "RIGHT", "LEFT", "5"});
  enqueue("b1", {"a", "", "0", ""});
  CHECK(waiter.receive() == "a");
}

TEST_CASE_METHOD(Enqueue, "enqueue: what goes wrong is found before anything is written") {
  const Texts jobs{"a", "", "4", "j1", "b", "+5", "0", ""};
  for (const std::string& key : {keys.source(), keys.scheduled(), guard_, lock_}) {
    redis.cmd("FLUSHALL");
    redis.cmd("HSET", key, "mine", "mine");
    CHECK(enqueue("b1", jobs).text.contains("WRONGTYPE"));
    CHECK(redis.cmd("DBSIZE") == 1);
  }
  redis.cmd("FLUSHALL");
  CHECK(enqueue("b1", {"a", "", "0", "", "b", "tomorrow", "0", ""}).is_error());
  CHECK(redis.cmd("DBSIZE") == 0);
}

TEST_CASE_METHOD(Enqueue, "enqueue: a full Redis refuses, and the repeat later is no repeat") {
  redis.cmd("CONFIG", "SET", "maxmemory", "1");
  CHECK(enqueue("b1", {"a", "", "0", ""}).text.starts_with("OOM"));
  redis.cmd("CONFIG", "SET", "maxmemory", "0");
  enqueue("b1", {"a", "", "0", ""});
  CHECK(waiting() == Texts{"a"});
}

TEST_CASE_METHOD(Enqueue, "enqueue: a thousand jobs of any bytes in one call") {
  Texts jobs;
  for (const std::string& element : slots(1000, std::string_view("\0\xFF", 2)))
    jobs.insert(jobs.end(), {element, "", "0", ""});
  CHECK(enqueue("b1", jobs).texts().empty());
  CHECK(waiting() == slots(1000, std::string_view("\0\xFF", 2)));
}

}  // namespace
}  // namespace penstock::job
