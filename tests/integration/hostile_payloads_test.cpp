// What producers may push: each element runs byte for byte unchanged, or lies in the dead set with
// a reason and its bytes.
#include <catch2/catch.hpp>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "penstock/job/base64.hpp"
#include "support/scenario.hpp"

namespace penstock::test {
namespace {

using Elements = std::vector<std::string>;

/// A daemon whose jobs store their standard input, each in a file of its own.
struct Hostile {
  RedisServer redis;
  TempDir stored;
  RedisClient client = redis.client();
  DaemonProcess daemon{
      config_on(redis,
                "  jobs:\n    exec: [sh, -c, 'cat > $(mktemp \"$1/XXXXXXXXXX\")', store, \"" +
                    stored.path().string() + "\"]\n    max_payload: 1MiB\n    concurrency: 4",
                "instance: one", "error")};

  void push(const Elements& elements) {
    for (const std::string& element : elements) client.cmd("LPUSH", "jobs", element);
  }
  bool settled() {
    return eventually([&] { return left_in(client, "jobs") == 0; }, std::chrono::seconds(120));
  }
  std::multiset<std::string> ran() const {
    std::multiset<std::string> contents;
    for (const auto& entry : std::filesystem::directory_iterator(stored.path())) {
      std::ostringstream text;
      text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      contents.insert(text.str());
    }
    return contents;
  }
  Elements buried() { return client.cmd("ZRANGE", "jobs:dead", 0, -1).texts(); }
  /// A job like any other still runs.
  bool lives() {
    const std::string canary = "canary " + std::to_string(++canaries);
    push({canary});
    return eventually([&] { return ran().contains(canary); });
  }
  int canaries = 0;
};

std::string random_bytes(std::mt19937& random, std::size_t most) {
  std::string bytes(random() % (most + 1), '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() & 0xFFU);
  return bytes;
}

bool looks_like_envelope(const std::string& element) {
  const std::size_t start = element.find_first_not_of(" \t\r\n");
  return start != std::string::npos && element[start] == '{' &&
         element.find("\"penstock\"", start) < start + 12;
}

TEST_CASE_METHOD(Hostile, "bytes that are no envelope reach the handler unchanged") {
  std::mt19937 random(7);
  Elements elements{std::string(1, '\0'),
                    "{",
                    "[",
                    "\xFF\xFE",
                    "\xEF\xBB\xBF{\"a\":1}",
                    "123456789012345678901234567890",
                    "1e400",
                    "\"\\ud800\"",
                    "a\r\nb level=error msg=forged",
                    "\x1B]0;title\x07",
                    std::string(200'000, '['),
                    " {\"a\" : 1}\n",
                    "{\"a\":1}{\"b\":2}",
                    "{\"payload\":1,\"penstock\":1}",
                    std::string(1 << 20, 'x')};
  while (elements.size() < 250) elements.push_back(random_bytes(random, 300));
  std::erase_if(elements, looks_like_envelope);
  push(elements);
  REQUIRE(settled());
  CHECK(ran() == std::multiset<std::string>(elements.begin(), elements.end()));
  CHECK(buried().empty());
}

TEST_CASE_METHOD(Hostile,
                 "an envelope that cannot be trusted is buried with a reason and its bytes") {
  const Elements elements{
      R"({"penstock":)",
      R"({"penstock":1})",
      R"({"penstock":2,"payload":1})",
      R"({"penstock":"1","payload":1})",
      R"({"penstock":1,"payload":1,"payload_base64":"eA=="})",
      R"({"penstock":1,"payload_base64":"!!"})",
      R"({"penstock":1,"id":"a\u0000b","payload":1})",
      R"({"penstock":1,"id":5,"payload":1})",
      R"({"penstock":1,"id":")" + std::string(200, 'x') + R"(","payload":1})",
      R"({"penstock":1,"penstock":1,"payload":2})",
      R"({"penstock":1,"payload":1}trailing)",
      R"({"penstock":1,"payload":01})",
      R"({"penstock":1,"payload":NaN})",
      R"({"penstock":1,"attempts":-1,"payload":1})",
      R"({"penstock":1,"attempts":1e30,"payload":1})",
      R"({"penstock":1,"expires_at":1e300,"payload":1})",
      R"({"penstock":1,"enqueued_at":-5,"payload":1})",
      R"({"penstock":1,"timeout":0,"payload":1})",
      R"({"penstock":1,"run":4000000000,"payload":1})",
      R"({"penstock":1,"errors":"x","payload":1})",
      R"({"penstock":1,"context":{"a=b":"c"},"payload":1})",
      R"({"penstock":1,"context":{"x\ny":"z"},"payload":1})",
      "{\"penstock\":1,\"payload\":\"\xFF\"}",
      R"({"penstock":1,"payload":)" + std::string(200'000, '[') + std::string(200'000, ']') + "}"};
  push(elements);
  REQUIRE(settled());
  CHECK(ran().empty());
  std::multiset<std::string> bytes;
  for (const std::string& envelope : buried()) {
    const nlohmann::json dead = nlohmann::json::parse(envelope);
    CHECK_FALSE(dead["errors"].back()["message"].get<std::string>().empty());
    bytes.insert(job::base64::decode(dead["payload_base64"].get<std::string>()).value());
  }
  CHECK(bytes == std::multiset<std::string>(elements.begin(), elements.end()));
  CHECK(lives());
}

TEST_CASE_METHOD(Hostile, "three hundred damaged envelopes: none is lost, none stops the daemon") {
  std::mt19937 random(11);
  const std::string whole =
      R"({"penstock":1,"id":"an-id","type":"t","attempts":1,"payload":{"a":[1,2.50,null,true,"x\u00e9"]},"more":{}})";
  Elements elements;
  while (elements.size() < 300) {
    std::string element = whole;
    for (std::size_t flips = random() % 4; flips > 0; --flips)
      element[random() % element.size()] = static_cast<char>(random() & 0xFFU);
    if (random() % 3 == 0) element.resize(random() % element.size());
    elements.push_back(std::move(element));
  }
  push(elements);
  REQUIRE(settled());
  CHECK(ran().size() + buried().size() == elements.size());
  for (const std::string& envelope : buried())
    CHECK(nlohmann::json::parse(envelope)["errors"].size() >= 1);
  CHECK(lives());
}

TEST_CASE_METHOD(Hostile,
                 "an element far beyond max_payload is buried as it stands, each of equals") {
  const Elements elements{std::string(100 << 20, 'x'), std::string(3 << 20, 'y'),
                          std::string(3 << 20, 'y'),
                          R"({"penstock":1,"payload":")" + std::string(2 << 20, 'z') + "\"}"};
  push(elements);
  REQUIRE(settled());
  std::multiset<std::string> dead;
  for (const std::string& element : buried())
    dead.insert(element.substr(0, element.find_last_not_of(" \t") + 1));
  CHECK(dead == std::multiset<std::string>(elements.begin(), elements.end()));
  CHECK(daemon.told("are more than max_payload") == 4);
  CHECK(lives());
}

TEST_CASE_METHOD(Hostile, "a payload just beyond max_payload is buried with the reason") {
  push({R"({"penstock":1,"id":"large","payload":")" + std::string(1 << 20, 'x') + "\"}"});
  REQUIRE(settled());
  REQUIRE(buried().size() == 1);
  const nlohmann::json dead = nlohmann::json::parse(buried().front());
  CHECK(dead["id"] == "large");
  CHECK(dead["payload"] == std::string(1 << 20, 'x'));
  CHECK(dead["errors"][0]["kind"] == "oversize");
  REQUIRE(daemon.lines("buried").size() == 1);
  CHECK(daemon.lines("buried").front()["job"] == "large");
}

TEST_CASE_METHOD(Hostile, "a payload keeps its bytes through the retry set and the schedule") {
  const std::string raw("{\"n\":123456789012345678901234567890 , \"a\":[],\"e\":\"\\u00e9\"}");
  client.cmd("ZADD", "jobs:scheduled", 1, raw);
  client.cmd("ZADD", "jobs:scheduled", 1, std::string("\0\xFF not json", 11));
  const std::multiset<std::string> both{raw, std::string("\0\xFF not json", 11)};
  CHECK(eventually([&] { return ran() == both; }));
}

TEST_CASE_METHOD(Hostile, "a reply_to that names a queue does not make that queue expire") {
  client.cmd("LPUSH", "another-queue", "a job");
  push({R"({"penstock":1,"reply_to":"another-queue","payload":1})",
        R"({"penstock":1,"reply_to":"penstock:instances","payload":1})"});
  REQUIRE(settled());
  CHECK(client.cmd("LLEN", "another-queue") == 2);
  CHECK(client.cmd("PTTL", "another-queue") == -1);
  CHECK(client.cmd("TYPE", "penstock:instances").text == "zset");
  CHECK(lives());
}

TEST_CASE("a producer's context fields do not pass for the log's own tags") {
  const RedisServer redis;
  RedisClient client = redis.client();
  const DaemonProcess daemon(
      config_on(redis, "  jobs: {exec: [sh, -c, 'echo \"$PENSTOCK_CTX_JOB\" >&2']}"));
  client.cmd(
      "LPUSH", "jobs",
      R"({"penstock":1,"id":"real","context":{"job":"forged","Queue":"forged","Reason":"forged","level":"error","PATH":"/x"},"payload":1})");
  REQUIRE(eventually([&] { return daemon.lines("done").size() == 1; }));
  const nlohmann::json line = daemon.lines("done").front();
  CHECK(line["job"] == "real");
  CHECK(line["level"] == "info");
  CHECK(line["ctx.job"] == "forged");
  CHECK(line["ctx.Queue"] == "forged");
  CHECK(line["ctx.Reason"] == "forged");
  CHECK(daemon.lines("forged").size() == 1);  // what the handler printed, under its job's tags
}

}  // namespace
}  // namespace penstock::test
