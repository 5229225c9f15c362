#include <catch2/catch.hpp>

#include "unit/job/script_fixture.hpp"

namespace penstock::job {
namespace {

using Held = std::map<std::string, std::string>;

struct Recover : ScriptFixture {
  /// What recover returned: to the source, to the dead set, not moved.
  Texts moved(const Texts& jobs) { return recover(jobs).texts(); }
};

TEST_CASE_METHOD(Recover, "recover: jobs go ahead of all others, what was fetched first first") {
  for (const char* end : {"RIGHT", "LEFT"}) {
    redis.cmd("FLUSHALL");
    pop = end;
    push({"a", "b", "c"});
    fetch(2);
    CHECK(moved({"s1", "a", "A", "source", "s2", "b", "B", "source"}) == Texts{"2", "0", "0"});
    CHECK(waiting() == Texts{"A", "B", "c"});
    CHECK(held().empty());
  }
}

TEST_CASE_METHOD(Recover, "recover: poison goes to the dead set") {
  hold("s1", "a");
  CHECK(moved({"s1", "a", "envelope", "dead"}) == Texts{"0", "1", "0"});
  CHECK(members(keys.dead()) == Texts{"envelope"});
  CHECK(redis.cmd("HGET", keys.stats(), "dead_bytes") == "8");
  CHECK(waiting().empty());
}

TEST_CASE_METHOD(Recover, "recover: counts what it really moved, a repeat nothing") {
  for (const std::string& slot : slots(3)) hold(slot, "x");
  const Texts jobs{"s1", "x", "A", "source", "s2", "x", "B",    "dead",
                   "s3", "x", "C", "source", "s4", "x", "gone", "source"};
  recover(jobs);
  recover(jobs);
  CHECK(redis.cmd("HGET", keys.stats(), "crashed") == "3");
  CHECK(redis.cmd("HGET", keys.stats(), "buried") == "1");
}

TEST_CASE_METHOD(Recover, "recover: a job that is no longer what was read is left alone") {
  hold("s1", "other");
  CHECK(moved({"s1", "a", "A", "source"}) == Texts{"0", "0", "1"});
  CHECK(held() == Held{{"s1", "other"}});
}

TEST_CASE_METHOD(Recover, "recover: a job that is gone is left alone") {
  CHECK(moved({"s1", "a", "A", "source"}) == Texts{"0", "0", "1"});
  CHECK(redis.cmd("DBSIZE") == 0);
}

TEST_CASE_METHOD(Recover, "recover: an element can be moved as it stands, unread") {
  hold("s1", "a");
  hold("s2", "b");
  CHECK(moved({"s1", "", "", "source", "s2", "", "", "dead"}) == Texts{"1", "1", "0"});
  CHECK(waiting() == Texts{"a"});
  CHECK(members(keys.dead()) == Texts{"b"});
}

TEST_CASE_METHOD(Recover, "recover: an empty element is told from a missing one") {
  hold("s1", "");
  CHECK(moved({"s1", "", "A", "source"}) == Texts{"1", "0", "0"});
  CHECK(moved({"s1", "", "A", "source"}) == Texts{"0", "0", "1"});
  CHECK(waiting() == Texts{"A"});
}

TEST_CASE_METHOD(Recover, "recover: eight reapers move each job once") {
  Texts jobs;
  for (const std::string& slot : slots(100)) {
    hold(slot, "x");
    jobs.insert(jobs.end(), {slot, "x", "envelope of " + slot, "source"});
  }
  long long all = 0;
  for (int reaper = 0; reaper < 8; ++reaper) all += recover(jobs)[0].integer;
  CHECK(all == 100);
  CHECK(waiting().size() == 100);
}

TEST_CASE_METHOD(Recover, "recover: batches given latest first keep the order of all") {
  push(slots(6, "e"));
  fetch(6);
  for (const int first : {5, 3, 1}) {
    const auto nth = [&](int i) { return std::to_string(first + i); };
    moved({"s" + nth(0), "", "", "source", "s" + nth(1), "", "", "source"});
  }
  CHECK(waiting() == slots(6, "e"));
}

TEST_CASE_METHOD(Recover, "recover: a finished job is not brought back by a late reaper") {
  hold("s1", "a");
  finish({"s1", "", "0"});
  CHECK(moved({"s1", "a", "A", "source"}) == Texts{"0", "0", "1"});
  CHECK(waiting().empty());
}

TEST_CASE_METHOD(Recover, "recover: after it the owner's outcomes are late") {
  hold("s1", "a");
  moved({"s1", "a", "A", "source"});
  CHECK(finish({"s1", "", "0"})[0].texts() == Texts{"s1"});
  CHECK(retry({"s1", "0", "x"}).texts() == Texts{"s1"});
  CHECK(release({"s1", ""}).texts() == Texts{"s1"});
  CHECK(waiting() == Texts{"A"});
}

TEST_CASE_METHOD(Recover, "recover: binary elements are compared and moved as they are") {
  const std::string element("\0\xFF\r\n", 4);
  hold("s1", element);
  CHECK(moved({"s1", element, element + "!", "source"}) == Texts{"1", "0", "0"});
  CHECK(waiting() == Texts{element + "!"});
}

TEST_CASE_METHOD(Recover, "recover: an error loses nothing") {
  hold("s1", "a");
  redis.cmd("SET", keys.source(), "mine");
  redis.cmd("SET", keys.dead(), "mine");
  CHECK(recover({"s1", "a", "A", "source"}).is_error());
  CHECK(recover({"s1", "a", "A", "dead"}).is_error());
  CHECK(held() == Held{{"s1", "a"}});
}

}  // namespace
}  // namespace penstock::job
