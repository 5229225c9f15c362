#include <catch2/catch.hpp>

#include "unit/job/script_fixture.hpp"

namespace penstock::job {
namespace {

struct Instances : ScriptFixture {
  const InstanceKeys self{"host"};

  Reply enlist(const std::string& token, const std::string& dead = "", const Texts& queues = {},
               const std::string& ttl = "15000") {
    Texts arguments{"host", token, ttl, dead, std::to_string(queues.size())};
    arguments.insert(arguments.end(), queues.begin(), queues.end());
    arguments.insert(arguments.end(), {"pid", "42"});
    return redis.eval(scripts::instance_register,
                      {std::string(InstanceKeys::instances()), self.instance(), self.queues()},
                      arguments);
  }

  Reply renew(const std::string& token, const Texts& fields = {}) {
    Texts arguments{"host", token, "15000"};
    arguments.insert(arguments.end(), fields.begin(), fields.end());
    return redis.eval(scripts::instance_renew,
                      {std::string(InstanceKeys::instances()), self.instance()}, arguments);
  }

  Reply leave(const std::string& token, const Texts& queues) {
    Texts arguments{"host", token};
    arguments.insert(arguments.end(), queues.begin(), queues.end());
    return redis.eval(scripts::instance_leave,
                      {std::string(InstanceKeys::instances()), self.instance(), self.queues()},
                      arguments);
  }

  std::string field(const std::string& name) {
    return redis.cmd("HGET", self.instance(), name).text;
  }
  Texts queues() { return redis.cmd("SMEMBERS", self.queues()).texts(); }
  Texts instances() { return members(std::string(InstanceKeys::instances())); }
  void expire() { redis.cmd("DEL", self.instance()); }
};

TEST_CASE_METHOD(Instances, "register: takes a free name, for as long as the lease") {
  const double before = now();
  const Reply reply = enlist("t1", "", {"orders", "mail"});
  CHECK(reply[0] == 1);
  CHECK(near(std::stod(reply[1].text), before));
  CHECK(field("token") == "t1");
  CHECK(field("pid") == "42");
  CHECK(redis.cmd("PTTL", self.instance()).integer > 10'000);
  CHECK(queues().size() == 2);
  CHECK(near(score(std::string(InstanceKeys::instances()), "host"), before));
}

TEST_CASE_METHOD(Instances, "register: a name that a live instance holds is refused, and by whom") {
  enlist("t1", "", {"orders"});
  const Reply reply = enlist("t2", "", {"mail"});
  CHECK(reply[0] == 0);
  CHECK(reply.texts()[2] == "token");
  CHECK(reply.texts()[3] == "t1");
  CHECK(field("token") == "t1");
  CHECK(queues() == Texts{"orders"});
}

TEST_CASE_METHOD(Instances, "register: a repeat by the holder is as good as the first") {
  enlist("t1");
  CHECK(enlist("t1")[0] == 1);
}

TEST_CASE_METHOD(Instances, "register: takes over from the very token that was judged dead") {
  enlist("t1", "", {"orders"});
  redis.cmd("HSET", self.instance(), "busy", "3");
  CHECK(enlist("t2", "t0")[0] == 0);
  CHECK(enlist("t2", "t1", {"mail"})[0] == 1);
  CHECK(field("token") == "t2");
  CHECK(field("busy").empty());
  CHECK(queues().size() == 2);
}

TEST_CASE_METHOD(Instances, "register and leave: with more queues than a call has room for") {
  const Texts many = slots(9000, "queue");
  REQUIRE(enlist("t1", "", many)[0] == 1);
  CHECK(redis.cmd("SCARD", self.queues()) == 9000);
  CHECK(leave("t1", many) == 0);
}

TEST_CASE_METHOD(Instances, "register: of two that judged one token dead, one wins") {
  enlist("t1");
  CHECK(enlist("t2", "t1")[0] == 1);
  CHECK(enlist("t3", "t1")[0] == 0);
}

TEST_CASE_METHOD(Instances, "register: a name whose lease ran out is free") {
  enlist("t1", "", {"orders"});
  expire();
  CHECK(enlist("t2")[0] == 1);
  CHECK(queues() == Texts{"orders"});
}

TEST_CASE_METHOD(Instances, "renew: makes the lease longer and tells the news") {
  enlist("t1", "", {}, "1000");
  CHECK(renew("t1", {"busy", "3"})[0] == 1);
  CHECK(redis.cmd("PTTL", self.instance()).integer > 10'000);
  CHECK(field("busy") == "3");
  CHECK(renew("t1")[0] == 1);
}

TEST_CASE_METHOD(Instances, "renew: a lease that ran out stays lost") {
  enlist("t1");
  expire();
  const Reply reply = renew("t1", {"busy", "3"});
  CHECK(reply[0] == 0);
  CHECK(reply[2] == "");
  CHECK(redis.cmd("EXISTS", self.instance()) == 0);
}

TEST_CASE_METHOD(Instances, "renew: a lease that another took is lost to that token") {
  enlist("t1");
  enlist("t2", "t1");
  const Reply reply = renew("t1", {"busy", "3"});
  CHECK(reply[0] == 0);
  CHECK(reply[2] == "t2");
  CHECK(field("busy").empty());
}

TEST_CASE_METHOD(Instances, "leave: with nothing held any more the instance is forgotten") {
  enlist("t1", "", {"orders", "mail"});
  CHECK(leave("t1", {"orders", "mail"}) == 0);
  CHECK(redis.cmd("DBSIZE") == 0);
  CHECK(leave("t1", {"orders", "mail"}) == 0);
}

TEST_CASE_METHOD(Instances, "leave: with jobs held it stays for reapers to find") {
  enlist("t1", "", {"orders", "mail"});
  CHECK(leave("t1", {"orders"}) == 1);
  CHECK(redis.cmd("EXISTS", self.instance()) == 0);
  CHECK(queues() == Texts{"mail"});
  CHECK(instances() == Texts{"host"});
}

TEST_CASE_METHOD(Instances,
                 "leave: a reaper strikes off what it recovered, the last one the name") {
  enlist("t1", "", {"orders", "mail"});
  expire();
  CHECK(leave("", {"orders"}) == 1);
  CHECK(leave("", {"orders"}) == 1);
  CHECK(leave("", {"mail"}) == 0);
  CHECK(redis.cmd("DBSIZE") == 0);
}

TEST_CASE_METHOD(Instances, "leave: nobody strikes off queues of a live instance of that name") {
  enlist("t1", "", {"orders"});
  CHECK(leave("", {"orders"}) == -1);
  CHECK(leave("t0", {"orders"}) == -1);
  CHECK(queues() == Texts{"orders"});
  CHECK(field("token") == "t1");
}

}  // namespace
}  // namespace penstock::job
