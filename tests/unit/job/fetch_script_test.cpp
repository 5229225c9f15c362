#include <catch2/catch.hpp>

#include "penstock/redis/sha1.hpp"
#include "unit/job/script_fixture.hpp"

namespace penstock::job {
namespace {

using Held = std::map<std::string, std::string>;

struct Fetch : ScriptFixture {
  std::string armed(const Reply& reply) { return reply[0].text; }
  std::string adopted_slot(const Reply& reply) { return reply[1].text; }
  std::string adopted(const Reply& reply) { return reply[2].text; }
  Texts elements(const Reply& reply) { return reply[3].texts(); }
  /// The first letter of each element that came.
  std::string initials(const Reply& reply) {
    std::string letters;
    for (const Reply& element : reply[3].elements)
      if (!element.is_nil()) letters += element.text.front();
    return letters;
  }

  /// As the daemon's blocking call does it.
  Reply ring() { return redis.cmd("BLMOVE", keys.source(), wake, pop, "LEFT", "0.01"); }
};

TEST_CASE_METHOD(Fetch, "fetch: takes from the end that jobs leave from, in order of pushing") {
  push({"a", "b", "c"});
  CHECK(elements(fetch(2)) == Texts{"a", "b"});
  CHECK(held() == Held{{"s1", "a"}, {"s2", "b"}});
  CHECK(waiting() == Texts{"c"});
}

TEST_CASE_METHOD(Fetch, "fetch: takes from the left where producers push right") {
  pop = "LEFT";
  push({"a", "b", "c"});
  CHECK(elements(fetch(2)) == Texts{"a", "b"});
  CHECK(held() == Held{{"s1", "a"}, {"s2", "b"}});
  CHECK(waiting() == Texts{"c"});
}

TEST_CASE_METHOD(Fetch, "fetch: an empty source gives nothing, and no key is made") {
  CHECK(elements(fetch(10)).empty());
  CHECK(redis.cmd("DBSIZE") == 0);
}

TEST_CASE_METHOD(Fetch, "fetch: takes what there is when it is less than wanted") {
  push({"a"});
  CHECK(elements(fetch(10)) == Texts{"a"});
  CHECK(redis.cmd("EXISTS", keys.source()) == 0);
}

TEST_CASE_METHOD(Fetch, "fetch: elements of any bytes pass") {
  const Texts odd{std::string("\0\r\n\xFF", 4), "", std::string(100'000, '\0')};
  push(odd);
  CHECK(elements(fetch(3)) == odd);
  CHECK(held() == Held{{"s1", odd[0]}, {"s2", odd[1]}, {"s3", odd[2]}});
}

TEST_CASE_METHOD(Fetch, "fetch: equal elements are jobs of their own") {
  push({"a", "a"});
  fetch(2);
  CHECK(held().size() == 2);
}

TEST_CASE_METHOD(Fetch, "fetch: takes 500 in one call, and no more") {
  push(slots(600, "e"));
  const Reply reply = fetch(600);
  CHECK(elements(reply) == slots(500, "e"));
  CHECK(held().size() == 500);
  CHECK(held()["s500"] == "e500");
  CHECK(waiting().front() == "e501");
}

TEST_CASE_METHOD(Fetch, "fetch: never takes more than it has slots for") {
  push({"a", "b"});
  CHECK(elements(fetch(2, "", {"s1"})) == Texts{"a"});
  CHECK(waiting() == Texts{"b"});
}

TEST_CASE_METHOD(Fetch, "fetch: of an element over the limit only the size is told") {
  limit = "3";
  push({"abc", "abcd", "e"});
  const Reply reply = fetch(3);
  CHECK(reply[3][0] == "abc");
  CHECK(reply[3][1] == 4);
  CHECK(reply[3][2] == "e");
  CHECK(held()["s2"] == "abcd");
}

TEST_CASE_METHOD(Fetch, "fetch: stops short of 16 MiB, and comes again for the rest") {
  limit = "6000000";
  for (const char* end : {"RIGHT", "LEFT"}) {
    redis.cmd("FLUSHALL");
    pop = end;
    for (const char* letter : {"a", "b", "c", "d", "e"}) push({std::string(5'000'000, *letter)});
    const Reply first = fetch(500, "U1");
    CHECK(initials(first) == "abc");
    CHECK(armed(first).empty());
    CHECK(initials(fetch(500, "U1")) == "abc");  // a repeat
    const Reply rest = fetch(500, "U2", slots(500, "t"));
    CHECK(initials(rest) == "de");
    CHECK(armed(rest) == "U2");
    CHECK(held().size() == 5);
  }
}

TEST_CASE_METHOD(Fetch, "fetch: an element that has more than 16 MiB comes alone") {
  limit = "30000000";
  push({std::string(20'000'000, 'a'), "b"});
  CHECK(initials(fetch(500)) == "a");
  CHECK(initials(fetch(500, "", slots(500, "t"))) == "b");
}

TEST_CASE_METHOD(Fetch, "fetch: large elements behind many small ones are left for the next call") {
  push(slots(50, "e"));
  for (int i = 0; i < 4; ++i) push({std::string(6'000'000, 'x')});
  limit = "10";
  CHECK(elements(fetch(500)).size() == 52);
  CHECK(waiting().size() == 2);
}

TEST_CASE_METHOD(Fetch, "fetch: a repeat gives the same jobs again, and takes no others") {
  push({"a", "b", "c"});
  const Reply first = fetch(2);
  const Reply again = fetch(2);
  CHECK(elements(again) == elements(first));
  CHECK(held().size() == 2);
  CHECK(waiting() == Texts{"c"});
}

TEST_CASE_METHOD(Fetch, "fetch: a repeat tells of an element over the limit by its size, again") {
  limit = "3";
  push({"abcd", "e"});
  fetch(2);
  const Reply again = fetch(2);
  CHECK(again[3][0] == 4);
  CHECK(again[3][1] == "e");
}

TEST_CASE_METHOD(Fetch, "fetch: a repeat after a partial recovery overwrites nothing") {
  push({"a", "b", "c", "d", "e", "f"});
  fetch(3);
  redis.cmd("HDEL", inflight, "s1");
  CHECK(elements(fetch(3)) == Texts{"(nil)", "b", "c"});
  CHECK(held() == Held{{"s2", "b"}, {"s3", "c"}});
  CHECK(waiting() == Texts{"d", "e", "f"});
}

TEST_CASE_METHOD(Fetch, "fetch: arms the doorbell when the source came out empty") {
  push({"a"});
  const Reply reply = fetch(2, "U1");
  CHECK(elements(reply) == Texts{"a"});
  CHECK(armed(reply) == "U1");
  CHECK(redis.cmd("LRANGE", wake, 0, -1).texts() == Texts{"penstock:wake:U1"});
}

TEST_CASE_METHOD(Fetch, "fetch: does not arm the doorbell when it got all it wanted") {
  push({"a", "b"});
  CHECK(armed(fetch(2, "U1")).empty());
  CHECK(redis.cmd("EXISTS", wake) == 0);
}

TEST_CASE_METHOD(Fetch, "fetch: with nothing wanted neither takes nor arms") {
  push({"a"});
  const Reply reply = fetch(0, "U1");
  CHECK(armed(reply).empty());
  CHECK(elements(reply).empty());
  CHECK(waiting() == Texts{"a"});
}

TEST_CASE_METHOD(Fetch, "fetch: a doorbell that is armed stays so, under its first name") {
  fetch(1, "U1");
  CHECK(armed(fetch(1, "U2")) == "U1");
  push({"a"});
  CHECK(armed(fetch(1, "U3")) == "U1");
}

TEST_CASE_METHOD(Fetch, "fetch: without a name to arm with the doorbell is taken down") {
  fetch(1, "U1");
  CHECK(armed(fetch(0)).empty());
  CHECK(redis.cmd("EXISTS", wake) == 0);
}

TEST_CASE_METHOD(Fetch, "fetch: adopts what rang, under the name that was armed") {
  fetch(1, "U1");
  push({"a", "b"});
  CHECK(ring() == "a");
  const Reply reply = fetch(0);
  CHECK(adopted_slot(reply) == "U1");
  CHECK(adopted(reply) == "a");
  CHECK(held() == Held{{"U1", "a"}});
  CHECK(redis.cmd("EXISTS", wake) == 0);
  CHECK(waiting() == Texts{"b"});
}

TEST_CASE_METHOD(Fetch, "fetch: adopts, takes more and arms again in one call") {
  fetch(1, "U1");
  push({"a", "b"});
  ring();
  const Reply reply = fetch(5, "U2");
  CHECK(adopted_slot(reply) == "U1");
  CHECK(elements(reply) == Texts{"b"});
  CHECK(armed(reply) == "U2");
  CHECK(held() == Held{{"U1", "a"}, {"s1", "b"}});
}

TEST_CASE_METHOD(Fetch, "fetch: what rang and is over the limit is told by its size") {
  limit = "3";
  fetch(1, "U1");
  push({"abcd"});
  ring();
  CHECK(fetch(0)[2] == 4);
  CHECK(held() == Held{{"U1", "abcd"}});
}

TEST_CASE_METHOD(Fetch, "fetch: an empty element that rang is adopted too") {
  fetch(1, "U1");
  push({""});
  ring();
  CHECK(adopted_slot(fetch(0)) == "U1");
  CHECK(held() == Held{{"U1", ""}});
}

TEST_CASE_METHOD(Fetch,
                 "fetch: a name is armed only once, so a repeat cannot overwrite what rang") {
  fetch(1, "U1");
  push({"a"});
  ring();
  const Reply repeat = fetch(1, "U1");
  CHECK(adopted_slot(repeat) == "U1");
  CHECK(armed(repeat).empty());
  CHECK(held() == Held{{"U1", "a"}});
}

TEST_CASE_METHOD(Fetch, "fetch: a call that adopted, repeated, changes nothing more") {
  fetch(1, "U1");
  push({"a", "b"});
  ring();
  fetch(5, "U2");
  const Reply repeat = fetch(5, "U2");
  CHECK(adopted_slot(repeat).empty());
  CHECK(armed(repeat) == "U2");
  CHECK(elements(repeat) == Texts{"b", "(nil)", "(nil)", "(nil)", "(nil)"});
  CHECK(held() == Held{{"U1", "a"}, {"s1", "b"}});
}

TEST_CASE_METHOD(Fetch, "fetch: takes in what a forgotten blocking call moved, oldest first") {
  push({"a", "b", "c"});
  ring();
  ring();
  CHECK(elements(fetch(3, "U1")) == Texts{"a", "b", "c"});
  CHECK(held() == Held{{"s1", "a"}, {"s2", "b"}, {"s3", "c"}});
  CHECK(redis.cmd("LRANGE", wake, 0, -1).texts().empty());
}

TEST_CASE_METHOD(Fetch, "fetch: what was moved behind a ring's back is taken, the ring adopted") {
  fetch(1, "U1");
  push({"a", "b"});
  ring();
  ring();
  const Reply reply = fetch(1, "U2");
  CHECK(adopted(reply) == "a");
  CHECK(elements(reply) == Texts{"b"});
  CHECK(held() == Held{{"U1", "a"}, {"s1", "b"}});
}

TEST_CASE_METHOD(Fetch,
                 "fetch: the slot goes to what rang, whatever was moved before or after it") {
  for (const std::string element : {"a", "b", "c"}) {
    redis.cmd("FLUSHALL");
    fetch(1, "U1");
    push({"a", "b", "c"});
    for (int i = 0; i < 3; ++i) ring();
    rung = {"U1", redis::sha1_hex(element)};
    const Reply reply = fetch(2, "U2");
    CHECK(adopted_slot(reply) == "U1");
    CHECK(adopted(reply) == element);
    CHECK(held()["U1"] == element);
    CHECK(held().size() == 3);
    CHECK(redis.cmd("EXISTS", wake) == 0);
  }
}

TEST_CASE_METHOD(Fetch, "fetch: what rang keeps its slot when its doorbell was taken down before") {
  fetch(1, "U1");
  adopt({});
  push({"a", "b"});
  ring();
  ring();
  rung = {"U1", redis::sha1_hex("b")};
  const Reply reply = fetch(2);
  CHECK(adopted_slot(reply) == "U1");
  CHECK(held() == Held{{"U1", "b"}, {"s1", "a"}});
}

TEST_CASE_METHOD(Fetch, "fetch: what rang and was adopted already is not adopted twice") {
  fetch(1, "U1");
  push({"a", "a"});
  ring();
  rung = {"U1", redis::sha1_hex("a")};
  fetch(0);
  ring();
  const Reply reply = fetch(0);
  CHECK(adopted_slot(reply).empty());
  CHECK(held() == Held{{"U1", "a"}});
  CHECK(redis.cmd("LLEN", wake) == 1);
}

TEST_CASE_METHOD(Fetch, "fetch: what was moved unasked waits until there is room for it") {
  push({"a", "b"});
  ring();
  ring();
  CHECK(elements(fetch(0)).empty());
  CHECK(elements(fetch(1)) == Texts{"a"});
  CHECK(elements(fetch(1, "", {"t1"})) == Texts{"b"});
}

TEST_CASE_METHOD(Fetch, "fetch: a payload that is a ULID is not mistaken for a mark") {
  push({"01KAV9FTFM0000000000000000"});
  ring();
  CHECK(elements(fetch(1)) == Texts{"01KAV9FTFM0000000000000000"});
}

TEST_CASE_METHOD(Fetch, "fetch: one push wakes one of many doorbells") {
  test::RedisClient a = server().client();
  test::RedisClient b = server().client();
  a.send({"BLMOVE", keys.source(), keys.wake("a"), "RIGHT", "LEFT", "5"});
  while (redis.cmd("INFO", "clients").text.find("blocked_clients:1") == std::string::npos) {
  }
  b.send({"BLMOVE", keys.source(), keys.wake("b"), "RIGHT", "LEFT", "0.05"});
  push({"x"});
  CHECK(a.receive() == "x");
  CHECK(b.receive().is_nil());
}

TEST_CASE_METHOD(Fetch, "fetch: a key of the wrong type loses nothing") {
  push({"a"});
  redis.cmd("SET", inflight, "mine");
  CHECK(fetch(1).is_error());
  CHECK(waiting() == Texts{"a"});
}

TEST_CASE_METHOD(Fetch, "fetch: a missing permission loses nothing") {
  push({"a"});
  redis.cmd("ACL", "SETUSER", "narrow", "on", "nopass", "~*", "+@all", "-hset");
  test::RedisClient narrow = server().client();
  narrow.cmd("AUTH", "narrow", "x");
  CHECK(narrow
            .eval(scripts::fetch, {keys.source(), inflight, wake},
                  {"RIGHT", "1", "100", "", "", "", "s1"})
            .is_error());
  CHECK(waiting() == Texts{"a"});
  redis.cmd("ACL", "DELUSER", "narrow");
}

TEST_CASE_METHOD(Fetch, "fetch: a full Redis still gives its jobs away") {
  push({"a"});
  redis.cmd("CONFIG", "SET", "maxmemory", "1");
  CHECK(redis.cmd("LPUSH", keys.source(), "b").is_error());
  const Reply reply = fetch(2, "U1");
  redis.cmd("CONFIG", "SET", "maxmemory", "0");
  CHECK(elements(reply) == Texts{"a"});
  CHECK(armed(reply) == "U1");
}

TEST_CASE_METHOD(Fetch, "adopt: brings what rang into inflight and takes the doorbell down") {
  fetch(1, "U1");
  push({"a"});
  ring();
  CHECK(adopt({"x1"}) == 0);
  CHECK(held() == Held{{"U1", "a"}});
  CHECK(redis.cmd("EXISTS", wake) == 0);
  CHECK(adopt({"x1"}) == 0);
}

TEST_CASE_METHOD(Fetch, "adopt: takes an armed doorbell down, and an absent one for granted") {
  fetch(1, "U1");
  CHECK(adopt({}) == 0);
  CHECK(redis.cmd("EXISTS", wake) == 0);
  CHECK(adopt({}) == 0);
}

TEST_CASE_METHOD(Fetch, "adopt: gives slots to what was moved unasked, and tells what is left") {
  push({"a", "b", "c"});
  ring();
  ring();
  ring();
  CHECK(adopt({"x1", "x2"}) == 1);
  CHECK(adopt({"x2", "x3"}) == 0);
  CHECK(held() == Held{{"x1", "a"}, {"x2", "b"}, {"x3", "c"}});
}

}  // namespace
}  // namespace penstock::job
