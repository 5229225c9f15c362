// From `redis-cli LPUSH` to finished.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <set>

#include "support/scenario.hpp"

namespace penstock::test {
namespace {

using namespace std::string_literals;

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::vector<std::string> all;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

std::string as_redis_reads(const std::vector<std::string>& words) {
  std::string text = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words)
    text += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  return text;
}

TEST_CASE("ten thousand jobs by redis-cli --pipe run once each and leave nothing behind") {
  RedisServer redis;
  const TempDir dir;
  const std::string file = dir / "ids";
  DaemonProcess daemon(config_on(redis, "  jobs: {exec: [sh, -c, 'echo \"$0\" >> " + file +
                                            "', '{{id}}'], log: {output: off}}"));
  daemon.wait_until_working();
  std::string commands;
  for (int id = 0; id < 10'000; ++id)
    commands += as_redis_reads({"LPUSH", "jobs", payload(std::to_string(id))});
  const Ended pushed = run_command({"redis-cli", "-s", redis.socket(), "--pipe"}, commands);
  REQUIRE(pushed.code == 0);

  RedisClient client = redis.client();
  REQUIRE(eventually([&] { return left_in(client, "jobs") == 0; }, std::chrono::seconds(120)));
  CHECK(daemon.stop() == 0);
  std::vector<std::string> ran = lines_of(file);
  CHECK(ran.size() == 10'000);
  CHECK(std::set<std::string>(ran.begin(), ran.end()).size() == 10'000);
  std::vector<std::string> keys = client.cmd("KEYS", "*").texts();
  std::ranges::sort(keys);
  CHECK(keys == std::vector<std::string>{"jobs:guard:one", "jobs:stats"});
  CHECK(client.cmd("HGET", "jobs:stats", "done") == "10000");
}

TEST_CASE("with one worker jobs start in the order of their pushes") {
  RedisServer redis;
  const History history;
  RedisClient client = redis.client();
  std::vector<std::string> pushed;
  for (int i = 0; i < 300; ++i) {
    pushed.push_back("j" + std::to_string(i));
    client.cmd("LPUSH", "jobs", payload(pushed.back()));
  }
  DaemonProcess daemon(config_on(redis, "  jobs: {concurrency: 1, exec: " + history.exec() + "}"));
  REQUIRE(eventually([&] { return history.ends() == pushed.size(); }));
  CHECK(history.starts() == pushed);
}

TEST_CASE("a list that is pushed to at the right leaves from the left") {
  RedisServer redis;
  const History history;
  RedisClient client = redis.client();
  client.cmd("RPUSH", "jobs", payload("first"), payload("second"), payload("third"));
  DaemonProcess daemon(
      config_on(redis, "  jobs: {pop: left, concurrency: 1, exec: " + history.exec() + "}"));
  REQUIRE(eventually([&] { return history.ends() == 3; }));
  client.cmd("RPUSH", "jobs", payload("fourth"));
  REQUIRE(eventually([&] { return history.ends() == 4; }));
  CHECK(history.starts() == std::vector<std::string>{"first", "second", "third", "fourth"});
}

TEST_CASE("a payload reaches standard input byte for byte") {
  RedisServer redis;
  const TempDir dir;
  const std::string file = dir / "payload";
  DaemonProcess daemon(config_on(redis, "  jobs: {exec: [sh, -c, 'cat > " + file + ".new; mv " +
                                            file + ".new " + file + "']}"));
  daemon.wait_until_working();
  const std::string bytes = "\0\xff{\"a\": 1.000000000000000000000001 }\r\n\x1b[31m \xc3\x28"s;
  redis.client().cmd("LPUSH", "jobs", bytes);
  REQUIRE(eventually([&] { return std::filesystem::exists(file); }));
  std::ifstream in(file, std::ios::binary);
  CHECK(std::string(std::istreambuf_iterator<char>(in), {}) == bytes);
}

TEST_CASE("a job that is pushed to an idle queue starts within milliseconds") {
  RedisServer redis;
  const History history;
  DaemonProcess daemon(config_on(redis, "  jobs: {exec: " + history.exec() + "}"));
  daemon.wait_until_working();
  RedisClient client = redis.client();
  REQUIRE(eventually([&] { return client.cmd("EXISTS", "jobs:wake:one") == 1; }));
  std::vector<Moment::duration> waits;
  for (int i = 0; i < 21; ++i) {
    const std::string id = std::to_string(i);
    const Moment pushed = std::chrono::steady_clock::now();
    client.cmd("LPUSH", "jobs", payload(id));
    REQUIRE(eventually([&] { return left_in(client, "jobs") == 0 && history.starts_of(id) == 1; }));
    waits.push_back(history.runs().at(id).front().started - pushed);
  }
  std::ranges::sort(waits);
  CHECK(waits[waits.size() / 2] < std::chrono::milliseconds(50));
}

}  // namespace
}  // namespace penstock::test
