// retry, finish and release: how a job leaves inflight while its instance lives.
#include <catch2/catch.hpp>

#include "unit/job/script_fixture.hpp"

namespace penstock::job {
namespace {

using Held = std::map<std::string, std::string>;

struct OutcomeScripts : ScriptFixture {
  const std::string result_ = keys.result("j1");

  Texts late(const Reply& finished) { return finished[0].texts(); }
  long long failed(const Reply& finished) { return finished[1].integer; }
  bool is_gone(const std::string& key) { return redis.cmd("EXISTS", key) == 0; }
};

TEST_CASE_METHOD(OutcomeScripts, "retry: moves a job to the retry set, due after its delay") {
  hold("s1", "a");
  const double before = now();
  CHECK(retry({"s1", "1500", "envelope"}).texts().empty());
  CHECK(is_gone(inflight));
  CHECK(members(keys.retry()) == Texts{"envelope"});
  CHECK(near(score(keys.retry(), "envelope"), before + 1.5));
}

TEST_CASE_METHOD(OutcomeScripts, "retry: each job of a batch has its own delay") {
  hold("s1", "a");
  hold("s2", "b");
  retry({"s1", "60000", "later", "s2", "0", "sooner"});
  CHECK(members(keys.retry()) == Texts{"sooner", "later"});
  CHECK(near(score(keys.retry(), "later"), score(keys.retry(), "sooner") + 60));
}

TEST_CASE_METHOD(OutcomeScripts, "retry: a slot that is not held changes nothing and is reported") {
  hold("s2", "b");
  CHECK(retry({"s1", "0", "x", "s2", "0", "y"}).texts() == Texts{"s1"});
  CHECK(members(keys.retry()) == Texts{"y"});
}

TEST_CASE_METHOD(OutcomeScripts,
                 "retry: a repeat moves nothing again, even after the job went on") {
  hold("s1", "a");
  retry({"s1", "0", "x"});
  redis.cmd("DEL", keys.retry());
  CHECK(retry({"s1", "0", "x"}).texts() == Texts{"s1"});
  CHECK(is_gone(keys.retry()));
}

TEST_CASE_METHOD(OutcomeScripts, "retry: equal envelopes stay jobs of their own") {
  for (const std::string slot : {"s1", "s2", "s3"}) hold(slot, "a");
  retry({"s1", "0", "{}", "s2", "0", "{}", "s3", "0", "{}"});
  const Texts filed = members(keys.retry());
  REQUIRE(filed.size() == 3);
  for (const std::string& envelope : filed)
    CHECK(envelope.substr(0, envelope.find_last_not_of(" \t") + 1) == "{}");
}

TEST_CASE_METHOD(OutcomeScripts, "finish: equal envelopes are buried each") {
  for (const std::string slot : {"s1", "s2"}) hold(slot, "a");
  finish({"s1", "{}", "0", "s2", "{}", "0"});
  CHECK(members(keys.dead()).size() == 2);
}

TEST_CASE_METHOD(OutcomeScripts, "charge: replaces what is held, and nothing that is not") {
  hold("s1", "a");
  CHECK(redis.eval(scripts::charge, {inflight}, {"s1", "b"}) == 1);
  CHECK(held() == Held{{"s1", "b"}});
  CHECK(redis.eval(scripts::charge, {inflight}, {"s2", "b"}) == 0);
  CHECK(held() == Held{{"s1", "b"}});
}

TEST_CASE_METHOD(OutcomeScripts, "retry: a thousand jobs in one call") {
  Texts arguments;
  for (const std::string& slot : slots(1000)) {
    hold(slot, "x");
    arguments.insert(arguments.end(), {slot, "5", "envelope of " + slot});
  }
  CHECK(retry(arguments).texts().empty());
  CHECK(redis.cmd("ZCARD", keys.retry()) == 1000);
  CHECK(is_gone(inflight));
}

TEST_CASE_METHOD(OutcomeScripts, "retry: an error loses nothing") {
  hold("s1", "a");
  redis.cmd("SET", keys.retry(), "mine");
  CHECK(retry({"s1", "0", "x"}).is_error());
  CHECK(held() == Held{{"s1", "a"}});
}

TEST_CASE_METHOD(OutcomeScripts, "retry: a full Redis lets it through") {
  hold("s1", "a");
  redis.cmd("CONFIG", "SET", "maxmemory", "1");
  const Reply reply = retry({"s1", "0", std::string("\0\xFF", 2)});
  redis.cmd("CONFIG", "SET", "maxmemory", "0");
  CHECK_FALSE(reply.is_error());
  CHECK(members(keys.retry()) == Texts{std::string("\0\xFF", 2)});
}

TEST_CASE_METHOD(OutcomeScripts, "finish: a done job leaves, with nothing else") {
  hold("s1", "a");
  CHECK(late(finish({"s1", "", "0"})).empty());
  CHECK(redis.cmd("DBSIZE") == 0);
}

TEST_CASE_METHOD(OutcomeScripts, "finish: a result is stored for its time, as the job leaves") {
  hold("s1", "a");
  finish({"s1", "", "1", "set", "4", "42\xFF"}, {result_});
  CHECK(is_gone(inflight));
  CHECK(redis.cmd("GET", result_) == "42\xFF");
  CHECK(redis.cmd("PTTL", result_).integer > 50'000);
}

TEST_CASE_METHOD(OutcomeScripts, "finish: who waits is answered, on a list that goes away") {
  hold("s1", "a");
  finish({"s1", "", "1", "answer", "4", "yes"}, {keys.reply("7")});
  CHECK(redis.cmd("PTTL", keys.reply("7")).integer > 50'000);
  CHECK(redis.cmd("RPOP", keys.reply("7")) == "yes");
}

TEST_CASE_METHOD(OutcomeScripts, "finish: a list of the user's gets a reply, and no time to live") {
  redis.cmd("LPUSH", "another-queue", "a job");
  hold("s1", "a");
  finish({"s1", "", "1", "push", "4", "yes"}, {"another-queue"});
  CHECK(redis.cmd("LLEN", "another-queue") == 2);
  CHECK(redis.cmd("PTTL", "another-queue") == -1);
}

TEST_CASE_METHOD(OutcomeScripts, "finish: a unique lock is let go by the job that holds it only") {
  const std::string lock = keys.unique("k");
  redis.cmd("SET", lock, "j1");
  hold("s1", "a");
  hold("s2", "b");
  finish({"s1", "", "1", "unlock", "4", "another"}, {lock});
  CHECK(redis.cmd("GET", lock) == "j1");
  finish({"s2", "", "1", "unlock", "4", "j1"}, {lock});
  CHECK(is_gone(lock));
}

TEST_CASE_METHOD(OutcomeScripts, "finish: a late job has no effects at all") {
  hold("s2", "b");
  const Reply reply = finish({"s1", "envelope", "1", "set", "4", "x",  //
                              "s2", "", "1", "set", "5", "y"},
                             {result_, keys.result("j2")});
  CHECK(late(reply) == Texts{"s1"});
  CHECK(is_gone(result_));
  CHECK(is_gone(keys.dead()));
  CHECK(redis.cmd("GET", keys.result("j2")) == "y");
}

TEST_CASE_METHOD(OutcomeScripts, "finish: a repeat stores nothing again") {
  hold("s1", "a");
  const Texts job{"s1", "envelope", "2", "set", "4", "x", "push", "5", "y"};
  finish(job, {result_, "replies"});
  redis.cmd("DEL", result_, "replies", keys.dead());
  CHECK(late(finish(job, {result_, "replies"})) == Texts{"s1"});
  CHECK(is_gone(result_));
  CHECK(is_gone("replies"));
  CHECK(is_gone(keys.dead()));
}

TEST_CASE_METHOD(OutcomeScripts, "finish: an effect that cannot be had does not keep jobs") {
  hold("s1", "a");
  hold("s2", "b");
  redis.cmd("SADD", "replies", "mine");
  redis.cmd("SADD", "lock", "mine");
  const Reply reply = finish({"s1", "", "2", "push", "4", "x", "unlock", "5", "j1",  //
                              "s2", "", "1", "set", "6", "y"},
                             {"replies", "lock", result_});
  CHECK(late(reply).empty());
  CHECK(failed(reply) == 2);
  CHECK(is_gone(inflight));
  CHECK(redis.cmd("GET", result_) == "y");
}

TEST_CASE_METHOD(OutcomeScripts, "finish: a missing permission for effects does not keep jobs") {
  hold("s1", "a");
  redis.cmd("ACL", "SETUSER", "narrow", "on", "nopass", "~*", "+@all", "-set", "-lpush", "-get");
  redis.cmd("AUTH", "narrow", "x");
  const Reply reply = finish({"s1", "", "3", "set", "4", "x", "push", "5", "y", "unlock", "6", "z"},
                             {result_, "replies", "lock"});
  CHECK(late(reply).empty());
  CHECK(failed(reply) == 3);
  redis.cmd("AUTH", "default", "x");
  redis.cmd("ACL", "DELUSER", "narrow");
  CHECK(is_gone(inflight));
}

TEST_CASE_METHOD(OutcomeScripts, "finish: a buried job goes to the dead set, by time of death") {
  hold("s1", "a");
  const double before = now();
  finish({"s1", "envelope", "0"});
  CHECK(is_gone(inflight));
  CHECK(near(score(keys.dead(), "envelope"), before));
  CHECK(redis.cmd("HGET", keys.stats(), "dead_bytes") == "8");
}

TEST_CASE_METHOD(OutcomeScripts, "finish: an element goes to the dead set as it stands") {
  const std::string element("\0raw\xFF", 5);
  hold("s1", element);
  finish({"s1", "=", "0"});
  CHECK(members(keys.dead()) == Texts{element});
  CHECK(redis.cmd("HGET", keys.stats(), "dead_bytes") == "5");
}

TEST_CASE_METHOD(OutcomeScripts, "finish: equal elements that go as they stand are kept each") {
  hold("s1", "same");
  hold("s2", "same");
  finish({"s1", "=", "0", "s2", "=", "0"});
  const Texts dead = members(keys.dead());
  REQUIRE(dead.size() == 2);
  for (const std::string& member : dead)
    CHECK(member.substr(0, member.find_last_not_of(" \t") + 1) == "same");
  CHECK(redis.cmd("HGET", keys.stats(), "dead_bytes").text ==
        std::to_string(dead[0].size() + dead[1].size()));
}

TEST_CASE_METHOD(OutcomeScripts, "finish: a dead set of the wrong type loses nothing") {
  hold("s1", "a");
  redis.cmd("SET", keys.dead(), "mine");
  CHECK(finish({"s1", "envelope", "0"}).is_error());
  CHECK(held() == Held{{"s1", "a"}});
}

TEST_CASE_METHOD(OutcomeScripts, "finish: stats of the wrong type do not keep a job from burial") {
  hold("s1", "a");
  redis.cmd("SET", keys.stats(), "mine");
  CHECK_FALSE(finish({"s1", "envelope", "0"}).is_error());
  CHECK(members(keys.dead()) == Texts{"envelope"});
}

TEST_CASE_METHOD(OutcomeScripts, "finish: a thousand jobs with results in one call") {
  Texts jobs;
  Texts results;
  for (const std::string& slot : slots(1000)) {
    hold(slot, "x");
    results.push_back(keys.result(slot));
    jobs.insert(jobs.end(), {slot, "", "1", "set", std::to_string(3 + results.size()), slot});
  }
  CHECK(late(finish(jobs, results)).empty());
  CHECK(is_gone(inflight));
  CHECK(redis.cmd("GET", keys.result("s1000")) == "s1000");
}

TEST_CASE_METHOD(OutcomeScripts, "release: what was fetched first leaves first again") {
  for (const char* end : {"RIGHT", "LEFT"}) {
    redis.cmd("FLUSHALL");
    pop = end;
    push({"a", "b", "c", "d"});
    fetch(3);
    CHECK(release({"s1", "", "s2", "", "s3", ""}).texts().empty());
    CHECK(waiting() == Texts{"a", "b", "c", "d"});
    CHECK(is_gone(inflight));
  }
}

TEST_CASE_METHOD(OutcomeScripts, "release: a run that was cancelled goes back as its envelope") {
  push({"a", "b"});
  fetch(2);
  release({"s1", "envelope of a", "s2", ""});
  CHECK(waiting() == Texts{"envelope of a", "b"});
}

TEST_CASE_METHOD(OutcomeScripts, "release: a slot that is not held changes nothing, reported") {
  push({"a", "b"});
  fetch(1);
  CHECK(release({"s1", "", "s2", "x"}).texts() == Texts{"s2"});
  CHECK(waiting() == Texts{"a", "b"});
}

TEST_CASE_METHOD(OutcomeScripts, "release: a repeat gives nothing back twice") {
  push({"a"});
  fetch(1);
  release({"s1", ""});
  CHECK(release({"s1", ""}).texts() == Texts{"s1"});
  CHECK(waiting() == Texts{"a"});
}

TEST_CASE_METHOD(OutcomeScripts, "release: an empty element and any bytes go back as they were") {
  const Texts odd{"", std::string("\0\xFF", 2)};
  push(odd);
  fetch(2);
  release({"s1", "", "s2", ""});
  CHECK(waiting() == odd);
}

TEST_CASE_METHOD(OutcomeScripts, "release: a thousand jobs go back in order") {
  push(slots(1000, "e"));
  fetch(500);
  fetch(500, "", slots(500, "t"));
  Texts jobs;
  for (const char* prefix : {"s", "t"})
    for (const std::string& slot : slots(500, prefix)) jobs.insert(jobs.end(), {slot, ""});
  release(jobs);
  CHECK(waiting() == slots(1000, "e"));
}

TEST_CASE_METHOD(OutcomeScripts, "release: an error loses nothing") {
  hold("s1", "a");
  redis.cmd("SET", keys.source(), "mine");
  CHECK(release({"s1", ""}).is_error());
  CHECK(held() == Held{{"s1", "a"}});
}

}  // namespace
}  // namespace penstock::job
