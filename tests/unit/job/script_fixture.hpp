// A queue "orders" in a real Redis, and the scripts as calls.
#pragma once

#include <cmath>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/job/queue_store.hpp"
#include "penstock/job/scripts.hpp"
#include "support/redis_server.hpp"

namespace penstock::job {

using test::Reply;
using Texts = std::vector<std::string>;

struct ScriptFixture {
  /// One server for all tests of the program, emptied for each.
  static test::RedisServer& server() {
    static test::RedisServer server;
    return server;
  }

  ScriptFixture() { redis.cmd("FLUSHALL"); }

  static constexpr std::string_view kMark = "penstock:wake:";

  test::RedisClient redis = server().client();
  QueueKeys keys{"orders"};
  std::string inflight = keys.inflight("host");
  std::string wake = keys.wake("host");
  std::string pop = "RIGHT";
  std::string limit = "1000000";
  Rung rung;  // what the next fetch() says has rung

  /// As a producer does it.
  void push(const Texts& elements) {
    for (const std::string& element : elements)
      redis.cmd(pop == "RIGHT" ? "LPUSH" : "RPUSH", keys.source(), element);
  }

  void hold(const std::string& slot, const std::string& element) {
    redis.cmd("HSET", inflight, slot, element);
  }

  static Texts slots(std::size_t count, std::string_view prefix = "s") {
    Texts all;
    for (std::size_t i = 1; i <= count; ++i) all.push_back(std::string(prefix) + std::to_string(i));
    return all;
  }

  Reply fetch(std::size_t count, const std::string& arm = "", const Texts& with = {}) {
    Texts arguments{pop, std::to_string(count), limit, arm, rung.slot, rung.sha1};
    const Texts given = with.empty() ? slots(count) : with;
    arguments.insert(arguments.end(), given.begin(), given.end());
    return redis.eval(scripts::fetch, {keys.source(), inflight, wake}, arguments);
  }

  Reply adopt(const Texts& given) { return redis.eval(scripts::adopt, {inflight, wake}, given); }

  Reply retry(const Texts& arguments) {
    return redis.eval(scripts::retry, {inflight, keys.retry()}, arguments);
  }

  Reply finish(const Texts& jobs, const Texts& effect_keys = {}) {
    Texts all{inflight, keys.dead(), keys.stats()};
    all.insert(all.end(), effect_keys.begin(), effect_keys.end());
    Texts arguments{"60000"};
    arguments.insert(arguments.end(), jobs.begin(), jobs.end());
    return redis.eval(scripts::finish, all, arguments);
  }

  Reply release(const Texts& jobs) {
    Texts arguments{pop};
    arguments.insert(arguments.end(), jobs.begin(), jobs.end());
    return redis.eval(scripts::release, {inflight, keys.source()}, arguments);
  }

  Reply recover(const Texts& jobs) {
    Texts arguments{pop};
    arguments.insert(arguments.end(), jobs.begin(), jobs.end());
    return redis.eval(scripts::recover, {keys.source(), inflight, keys.dead(), keys.stats()},
                      arguments);
  }

  Reply trim(const std::string& max, const std::string& age, const std::string& bytes) {
    return redis.eval(scripts::trim, {keys.dead(), keys.stats()}, {max, age, bytes});
  }

  Reply promote(const std::string& limit_of_call = "100") {
    return redis.eval(scripts::promote, {keys.scheduled(), keys.source()}, {pop, limit_of_call});
  }

  std::map<std::string, std::string> held() {
    const Texts all = redis.cmd("HGETALL", inflight).texts();
    std::map<std::string, std::string> pairs;
    for (std::size_t i = 0; i + 1 < all.size(); i += 2) pairs[all[i]] = all[i + 1];
    return pairs;
  }

  /// What is in the source, the next to leave first.
  Texts waiting() {
    Texts all = redis.cmd("LRANGE", keys.source(), 0, -1).texts();
    if (pop == "RIGHT") return {all.rbegin(), all.rend()};
    return all;
  }

  Texts members(const std::string& set) { return redis.cmd("ZRANGE", set, 0, -1).texts(); }

  double now() {
    const Reply time = redis.cmd("TIME");
    return std::stod(time[0].text) + std::stod(time[1].text) / 1e6;
  }

  /// Whether two times are those of one step of a test.
  static bool near(double a, double b) { return std::abs(a - b) < 0.5; }

  double score(const std::string& set, const std::string& member) {
    return std::stod(redis.cmd("ZSCORE", set, member).text);
  }
};

}  // namespace penstock::job
