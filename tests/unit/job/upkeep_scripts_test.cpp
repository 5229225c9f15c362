// promote, trim and count: what keeps a queue's keys in order.
#include <catch2/catch.hpp>

#include "unit/job/script_fixture.hpp"

namespace penstock::job {
namespace {

struct Upkeep : ScriptFixture {
  const std::string guard_ = keys.guard("host");

  void schedule(double when, const std::string& element) {
    redis.cmd("ZADD", keys.scheduled(), when, element);
  }

  /// Puts a member into the dead set as if it had died `age` seconds ago, and counts its bytes.
  void bury(double age, const std::string& member) {
    redis.cmd("ZADD", keys.dead(), now() - age, member);
    redis.cmd("HINCRBY", keys.stats(), "dead_bytes", member.size());
  }
  std::string dead_bytes() { return redis.cmd("HGET", keys.stats(), "dead_bytes").text; }

  Reply count(const std::string& flush, const Texts& counters) {
    Texts arguments{flush, "60000"};
    arguments.insert(arguments.end(), counters.begin(), counters.end());
    return redis.eval(scripts::count, {keys.stats(), guard_}, arguments);
  }
};

TEST_CASE_METHOD(Upkeep, "promote: due jobs go behind those that wait, by due time") {
  for (const char* end : {"RIGHT", "LEFT"}) {
    redis.cmd("FLUSHALL");
    pop = end;
    push({"waiting"});
    schedule(20, "b");
    schedule(10, "a");
    schedule(now() + 1000, "later");
    CHECK(promote()[0] == 2);
    CHECK(waiting() == Texts{"waiting", "a", "b"});
    CHECK(members(keys.scheduled()) == Texts{"later"});
  }
}

TEST_CASE_METHOD(Upkeep, "promote: tells what is due next, and the time") {
  schedule(2'000'000'000.25, "a");
  const double before = now();
  const Reply reply = promote();
  CHECK(reply[0] == 0);
  CHECK(reply[1] == "2000000000.25");
  CHECK(near(std::stod(reply[2].text), before));
  CHECK(reply[2].text.contains('.'));
}

TEST_CASE_METHOD(Upkeep, "promote: an empty set has nothing due next") {
  CHECK(promote()[1] == "");
  CHECK(redis.cmd("DBSIZE") == 0);
}

TEST_CASE_METHOD(Upkeep, "promote: moves no more than its limit, and says that more are due") {
  for (int i = 1; i <= 5; ++i) schedule(i, "e" + std::to_string(i));
  const Reply reply = promote("3");
  CHECK(reply[0] == 3);
  CHECK(reply[1] == "4");
  CHECK(promote("3")[0] == 2);
  CHECK(promote("3")[0] == 0);
  CHECK(waiting() == slots(5, "e"));
}

TEST_CASE_METHOD(Upkeep, "promote: 10,000 jobs of one due time are all moved, none twice") {
  for (int i = 0; i < 10'000; ++i) redis.send({"ZADD", keys.retry(), "7", "e" + std::to_string(i)});
  for (int i = 0; i < 10'000; ++i) redis.receive();
  const auto promote_retry = [&] {
    return redis.eval(scripts::promote, {keys.retry(), keys.source()}, {pop, "5000"})[0].integer;
  };
  long long moved = 0;
  while (const long long some = promote_retry()) {
    CHECK(some == 1000);
    moved += some;
  }
  CHECK(moved == 10'000);
  CHECK(redis.cmd("LLEN", keys.source()) == 10'000);
  CHECK(redis.cmd("EXISTS", keys.retry()) == 0);
}

TEST_CASE_METHOD(Upkeep, "promote: scores without a date are due at once or never") {
  redis.cmd("ZADD", keys.scheduled(), "-inf", "a");
  redis.cmd("ZADD", keys.scheduled(), "inf", "b");
  const Reply reply = promote();
  CHECK(waiting() == Texts{"a"});
  CHECK(reply[1] == "inf");
}

TEST_CASE_METHOD(Upkeep, "promote: wakes who waits for the source") {
  test::RedisClient waiter = server().client();
  waiter.send({"BLMOVE", keys.source(), wake, "RIGHT", "LEFT", "5"});
  schedule(1, "a");
  promote();
  CHECK(waiter.receive() == "a");
}

TEST_CASE_METHOD(Upkeep, "promote: an error loses nothing, nor does a full Redis") {
  schedule(1, "a");
  redis.cmd("SET", keys.source(), "mine");
  CHECK(promote().is_error());
  CHECK(members(keys.scheduled()) == Texts{"a"});
  redis.cmd("DEL", keys.source());
  redis.cmd("CONFIG", "SET", "maxmemory", "1");
  CHECK_FALSE(promote().is_error());
  redis.cmd("CONFIG", "SET", "maxmemory", "0");
  CHECK(waiting() == Texts{"a"});
}

TEST_CASE_METHOD(Upkeep, "trim: a dead set within its limits is left alone") {
  bury(10, "a");
  CHECK(trim("1", "100", "1").texts() == Texts{"0", "1"});
  CHECK(members(keys.dead()) == Texts{"a"});
}

TEST_CASE_METHOD(Upkeep, "trim: the oldest go when there are too many") {
  for (int i = 1; i <= 5; ++i) bury(100 - i, "e" + std::to_string(i));
  CHECK(trim("3", "1000", "1000").texts() == Texts{"2", "6"});
  CHECK(members(keys.dead()) == Texts{"e3", "e4", "e5"});
  CHECK(dead_bytes() == "6");
  CHECK(trim("3", "1000", "1000").texts() == Texts{"0", "6"});
}

TEST_CASE_METHOD(Upkeep, "trim: what is too old goes") {
  bury(101, "old");
  bury(50, "young");
  CHECK(trim("10", "100", "1000").texts() == Texts{"1", "5"});
  CHECK(members(keys.dead()) == Texts{"young"});
}

TEST_CASE_METHOD(Upkeep, "trim: one call removes 1,000 by number, the next goes on") {
  const double time = now();
  for (int i = 0; i < 2500; ++i)
    redis.send({"ZADD", keys.dead(), std::to_string(time + i), "e" + std::to_string(i)});
  for (int i = 0; i < 2500; ++i) redis.receive();
  CHECK(trim("10", "1000", "1000000")[0] == 1000);
  CHECK(trim("10", "1000", "1000000")[0] == 1000);
  CHECK(trim("10", "1000", "1000000")[0] == 490);
  CHECK(redis.cmd("ZCARD", keys.dead()) == 10);
}

TEST_CASE_METHOD(Upkeep, "trim: too many bytes are cut to nine tenths, the oldest first") {
  for (int i = 1; i <= 11; ++i) bury(100 - i, "member " + std::to_string(10 + i) + "!");
  CHECK(trim("100", "1000", "100").texts() == Texts{"2", "90"});
  CHECK(members(keys.dead()).front() == "member 13!");
  CHECK(dead_bytes() == "90");
}

TEST_CASE_METHOD(Upkeep, "trim: the newest member stays, however large") {
  bury(2, "small");
  bury(1, std::string(1000, 'x'));
  CHECK(trim("100", "1000", "100").texts() == Texts{"1", "1000"});
  CHECK(trim("100", "1000", "100").texts() == Texts{"0", "1000"});
}

TEST_CASE_METHOD(Upkeep, "trim: nothing is removed for bytes that are only counted") {
  bury(1, "a");
  redis.cmd("HSET", keys.stats(), "dead_bytes", "1000000");  // as after a user's ZREM
  CHECK(trim("100", "1000", "100").texts() == Texts{"0", "1"});
  CHECK(dead_bytes() == "1");
}

TEST_CASE_METHOD(Upkeep, "trim: a counter that is lost, negative or no number is counted anew") {
  bury(1, "abc");
  redis.cmd("HDEL", keys.stats(), "dead_bytes");
  CHECK(trim("100", "1000", "100")[1] == 3);
  redis.cmd("HSET", keys.stats(), "dead_bytes", "-7");
  CHECK(trim("100", "1000", "100")[1] == 3);
  redis.cmd("HSET", keys.stats(), "dead_bytes", "lots");
  CHECK(trim("100", "1000", "100")[1] == 3);
  CHECK(dead_bytes() == "3");
}

TEST_CASE_METHOD(Upkeep, "trim: an emptied dead set has no bytes") {
  redis.cmd("HSET", keys.stats(), "dead_bytes", "50");
  CHECK(trim("100", "1000", "100").texts() == Texts{"0", "0"});
  CHECK(dead_bytes() == "0");
}

TEST_CASE_METHOD(Upkeep, "trim: where nothing was ever buried no key is made") {
  CHECK(trim("100", "1000", "100").texts() == Texts{"0", "0"});
  CHECK(redis.cmd("DBSIZE") == 0);
}

TEST_CASE_METHOD(Upkeep, "trim: counts 10,000 members exactly") {
  const std::string time = std::to_string(now());
  for (int i = 0; i < 10'000; ++i)
    redis.send({"ZADD", keys.dead(), time, std::to_string(100'000 + i)});
  for (int i = 0; i < 10'000; ++i) redis.receive();
  CHECK(trim("10000", "1000", "1000000").texts() == Texts{"0", "60000"});
}

TEST_CASE_METHOD(Upkeep, "trim: a limit of none empties the set") {
  bury(1, "a");
  CHECK(trim("0", "1000", "1000").texts() == Texts{"1", "0"});
  CHECK(redis.cmd("EXISTS", keys.dead()) == 0);
}

TEST_CASE_METHOD(Upkeep, "count: adds to counters") {
  CHECK(count("f1", {"done", "5", "failed", "1"}) == 1);
  CHECK(count("f2", {"done", "2"}) == 1);
  CHECK(redis.cmd("HGET", keys.stats(), "done") == "7");
  CHECK(redis.cmd("HGET", keys.stats(), "failed") == "1");
}

TEST_CASE_METHOD(Upkeep, "count: a repeat adds nothing") {
  count("f1", {"done", "5"});
  CHECK(count("f1", {"done", "5"}) == 0);
  CHECK(redis.cmd("HGET", keys.stats(), "done") == "5");
}

TEST_CASE_METHOD(Upkeep, "count: what knows the repeat goes away by itself") {
  count("f1", {"done", "5"});
  CHECK(redis.cmd("PTTL", guard_).integer > 50'000);
}

}  // namespace
}  // namespace penstock::job
