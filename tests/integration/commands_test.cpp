// The program's other commands, and its exit codes.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "support/scenario.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

struct Commands {
  RedisServer redis;
  History history;
  RedisClient client = redis.client();
  DaemonProcess daemon{
      config_on(redis, "  jobs: {exec: " + history.exec() +
                           "}\n  echo: {exec: [printf, \"<%s>\", \"{{payload}}\"], expires: 1d}")};

  Commands() { daemon.wait_until_working(); }

  Ended penstock(std::vector<std::string> words, std::string_view input = "") const {
    words.insert(words.begin(), "penstock");
    words.insert(words.begin() + 2, {"-c", daemon.config_file()});
    return run_command(words, input);
  }

  /// The same, with a redirection as a shell has it.
  Ended redirected(const std::vector<std::string>& words, const std::string& redirection) const {
    std::vector<std::string> all{"sh", "-c",
                                 "c=$1; shift; exec \"$0\" \"$@\" -c \"$c\" " + redirection,
                                 PENSTOCK_BINARY, daemon.config_file()};
    all.insert(all.end(), words.begin(), words.end());
    return run_command(all);
  }
};

std::string without_newline(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

TEST_CASE_METHOD(Commands, "enqueue pushes a job and prints its id") {
  const Ended ended = penstock({"enqueue", "jobs", payload("a")});
  CHECK(ended.code == 0);
  CHECK(ended.err.empty());
  REQUIRE(eventually([&] { return history.starts_of("a") == 1; }));
  CHECK(history.runs().at("a").front().job == without_newline(ended.out));
}

TEST_CASE_METHOD(Commands, "enqueue --wait prints the result of a job that is done") {
  const Ended ended = penstock({"enqueue", "echo", "hello", "--wait"});
  CHECK(ended.code == 0);
  CHECK(without_newline(ended.out) == "<hello>");
}

TEST_CASE_METHOD(Commands, "enqueue --wait for a job that is buried ends with 1 and the reason") {
  const Ended ended = penstock({"enqueue", "jobs", payload("a", ",\"exit\":65"), "--wait"});
  CHECK(ended.code == 1);
  CHECK(ended.err.find("buried") != std::string::npos);
}

TEST_CASE_METHOD(Commands, "enqueue --wait --timeout ends with 75, and the job goes on") {
  const Ended ended =
      penstock({"enqueue", "jobs", payload("a", ",\"ms\":1500"), "--wait", "--timeout", "1s"});
  CHECK(ended.code == 75);
  CHECK(eventually([&] { return history.ends() == 1; }));
}

TEST_CASE_METHOD(Commands, "enqueue --wait --timeout 0s does not wait, and names the job") {
  const Ended ended = penstock({"enqueue", "jobs", payload("a", ",\"ms\":1500"), "--id", "job-7",
                                "--wait", "--timeout", "0s"});
  CHECK(ended.code == 75);
  CHECK(ended.err.contains("the job job-7 is pushed"));
}

TEST_CASE_METHOD(Commands, "enqueue --in runs a job later, and not before") {
  const Moment began = std::chrono::steady_clock::now();
  REQUIRE(penstock({"enqueue", "jobs", payload("a"), "--in", "700ms"}).code == 0);
  REQUIRE(eventually([&] { return history.starts_of("a") == 1; }));
  const auto waited = history.runs().at("a").front().started - began;
  CHECK(waited >= 700ms);
  CHECK(waited < 1500ms);
}

TEST_CASE_METHOD(Commands, "enqueue --unique refuses a second job while the first one lives") {
  const std::string element = payload("a", ",\"ms\":500");
  const Ended first = penstock({"enqueue", "jobs", element, "--unique", "k"});
  CHECK(first.code == 0);
  const Ended second = penstock({"enqueue", "jobs", element, "--unique", "k"});
  CHECK(second.code == 1);
  CHECK(second.err.find(without_newline(first.out)) != std::string::npos);
  REQUIRE(eventually([&] { return client.cmd("EXISTS", "jobs:inflight:one") == 0; }));
  CHECK(penstock({"enqueue", "jobs", element, "--unique", "k"}).code == 0);
}

TEST_CASE_METHOD(Commands, "the lock of a unique job outlives a crash and ends with the job") {
  REQUIRE(penstock({"enqueue", "jobs", payload("a", ",\"ms\":700"), "--unique", "k"}).code == 0);
  REQUIRE(eventually([&] { return history.starts_of("a") == 1; }));
  daemon.kill();
  daemon.start();
  REQUIRE(eventually([&] { return history.starts_of("a") == 2; }));
  CHECK(penstock({"enqueue", "jobs", payload("b"), "--unique", "k"}).code == 1);
  REQUIRE(eventually([&] { return left_in(client, "jobs") == 0; }));
  CHECK(penstock({"enqueue", "jobs", payload("b"), "--unique", "k"}).code == 0);
}

TEST_CASE_METHOD(Commands, "enqueue leaves out what would be buried as too large, and goes on") {
  const std::string large((1 << 20) + 1, 'x');
  const Ended ended = penstock({"enqueue", "echo", "-"}, "small\n" + large + "\nafter\n");
  CHECK(ended.code == 64);
  CHECK(ended.err.contains("line 2 is larger than the queue's max_payload, 1048576 bytes"));
  CHECK(ended.out.contains("pushed 2 jobs"));
  CHECK(eventually([&] { return client.cmd("HGET", "echo:stats", "done") == "2"; }));
}

TEST_CASE_METHOD(Commands, "enqueue - pushes one job per line") {
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += payload(std::to_string(i)) + "\n";
  const Ended ended = penstock({"enqueue", "jobs", "-"}, lines);
  CHECK(ended.code == 0);
  CHECK(ended.out == "pushed 1000 jobs\n");
  CHECK(eventually([&] { return history.ends() == 1000; }));
}

TEST_CASE("enqueue - pushes what has come while its input pauses") {
  const RedisServer redis;
  const TempDir dir;
  const std::filesystem::path config = dir / "penstock.yaml";
  std::ofstream(config) << config_on(redis, "  jobs: {noop: {}}");
  // Writes the second line only once the first one is in Redis.
  const std::string script =
      R"sh({ echo first
             for i in $(seq 2000); do
               [ "$(redis-cli -s "$1" LLEN jobs)" = 1 ] && echo second && break
             done
           } | "$2" enqueue -c "$3" jobs -)sh";
  const Ended ended =
      run_command({"sh", "-c", script, "sh", redis.socket(), PENSTOCK_BINARY, config});
  CHECK(ended.code == 0);
  CHECK(ended.out == "pushed 2 jobs\n");
}

TEST_CASE_METHOD(Commands, "status --json tells of queues, instances and running jobs") {
  client.cmd("LPUSH", "jobs", payload("a", ",\"ms\":20000"));
  REQUIRE(eventually([&] { return history.starts_of("a") == 1; }));
  nlohmann::json status;
  REQUIRE(eventually([&] {
    status = nlohmann::json::parse(penstock({"status", "--json"}).out);
    return status["running"].size() == 1;
  }));
  CHECK(status["running"][0]["queue"] == "jobs");
  CHECK(status["running"][0]["id"] == history.runs().at("a").front().job);
  CHECK(status["queues"].size() == 2);
  CHECK(status["instances"][0]["name"] == "one");
  CHECK(status["instances"][0]["alive"] == true);
  CHECK(penstock({"status"}).out.find("jobs") != std::string::npos);
}

TEST_CASE_METHOD(Commands,
                 "status shows the rest beside a key of the wrong type, and what mends it") {
  client.cmd("SET", "echo:dead", "x");
  const nlohmann::json status = nlohmann::json::parse(penstock({"status", "--json"}).out);
  CHECK(status["queues"][0]["dead"] == 0);
  CHECK_FALSE(status["queues"][0].contains("error"));
  CHECK(status["queues"][1]["waiting"] == 0);
  CHECK(status["queues"][1]["dead"].is_null());
  const std::string wrong = "the key echo:dead holds another type of value than it should";
  CHECK(status["queues"][1]["error"].get<std::string>().starts_with(wrong));
  const Ended table = penstock({"status"});
  CHECK(table.code == 0);
  CHECK(table.out.contains(wrong));
}

TEST_CASE_METHOD(Commands, "status says of running jobs as of when, and steers no terminal") {
  const Reply time = client.cmd("TIME");
  const long long beat = std::stoll(time[0].text) - 100;
  client.cmd("ZADD", "penstock:instances", std::to_string(beat), "other");
  client.cmd("HSET", "penstock:instance:other", "state",
             R"({"queues":{},"running":[{"id":"a\u202e\u009bb","queue":"jobs","started_ms":)" +
                 std::to_string((beat - 7) * 1000) + "}]}");
  const std::string table = penstock({"status"}).out;
  CHECK(table.contains("a\\u202e\\u009bb"));
  CHECK(table.contains("  7 s  10"));  // for 7 s, a hundred seconds ago
  CHECK_FALSE(table.contains("\u202e"));
  const std::string document = penstock({"status", "--json"}).out;
  CHECK_FALSE(document.contains("\u202e"));
  CHECK(nlohmann::json::parse(document)["running"][0]["as_of"] == beat);
}

TEST_CASE_METHOD(Commands, "what is foreign in a complaint stays in its line") {
  const Ended ended = penstock({"enqueue", "no\r\x1b[2J\u202e\npenstock: forged", "x"});
  CHECK(ended.code == 64);
  CHECK(ended.err.contains(R"("no\r\x1b[2J\u202e\npenstock: forged")"));
  CHECK(std::ranges::count(ended.err, '\n') == 1);
}

TEST_CASE_METHOD(Commands, "a closed standard stream is as good as /dev/null") {
  for (const char* stream : {"<&-", ">&-", "2>&-", "<&- >&- 2>&-"})
    CHECK(redirected({"enqueue", "echo", "x"}, stream).code == 0);
  CHECK(eventually([&] { return client.cmd("HGET", "echo:stats", "done") == "4"; }));
}

TEST_CASE_METHOD(Commands, "output that cannot be written ends with 74, and says what was done") {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"status"}, {"check"}, {"enqueue", "echo", "x"}, {"--version"}}) {
    const Ended ended =
        words.front() == "--version"
            ? run_command({"sh", "-c", "exec \"$0\" --version >/dev/full", PENSTOCK_BINARY})
            : redirected(words, ">/dev/full");
    CHECK(ended.code == 74);
    CHECK(ended.err.starts_with("penstock: cannot write to standard output: No space left"));
    CHECK(std::ranges::count(ended.err, '\n') == 1);
    CHECK(ended.err.contains(" is pushed") == (words.front() == "enqueue"));
  }
}

TEST_CASE_METHOD(Commands, "an option that is empty, as by an unset variable, is not left out") {
  for (const char* option : {"--in", "--at", "--unique", "--ttl", "--id"}) {
    const Ended ended = penstock({"enqueue", "echo", "x", option, ""});
    CHECK(ended.code == 64);
    CHECK(ended.err.contains(option));
    CHECK(ended.err.contains("is empty: give it a value, or leave it out"));
  }
  CHECK(penstock({"enqueue", "echo", "--unique=", "x"}).code == 64);
}

TEST_CASE_METHOD(Commands, "a job that would be dropped before it is due is refused") {
  const Ended by_ttl = penstock({"enqueue", "jobs", "x", "--in", "2h", "--ttl", "1h"});
  CHECK(by_ttl.code == 64);
  CHECK(by_ttl.err.contains("--in lies 2h ahead, and --ttl is 1h"));
  const Ended by_queue = penstock({"enqueue", "echo", "x", "--in", "2d"});
  CHECK(by_queue.code == 64);
  CHECK(by_queue.err.contains("--in lies 2d ahead, and the queue's expires is 1d"));
  const Ended at = penstock({"enqueue", "echo", "x", "--at", "2900-01-01T00:00Z"});
  CHECK(at.code == 64);
  CHECK(at.err.contains("the queue's expires is 1d"));
  CHECK(client.cmd("EXISTS", "jobs:scheduled", "echo:scheduled") == 0);
}

TEST_CASE("a command that there is not is named, and the nearest one") {
  const Ended ended = run_command({"penstock", "enqeue", "q", "x"});
  CHECK(ended.code == 64);
  CHECK(ended.err.contains("there is no command \"enqeue\"; perhaps you meant enqueue"));
  CHECK(run_command({"penstock", "bogus"}).err.contains("\"bogus\"; there are: run, dev, check"));
}

TEST_CASE_METHOD(Commands, "every answer with --json is one document, whatever the bytes in it") {
  const Ended one = penstock({"enqueue", "jobs", payload("a"), "--id", "\"x", "--json"});
  CHECK(nlohmann::json::parse(one.out) == nlohmann::json({{"id", "\"x"}}));
  const Ended lines = penstock({"enqueue", "jobs", "-", "--json"}, payload("b") + "\n");
  CHECK(nlohmann::json::parse(lines.out) == nlohmann::json({{"pushed", 1}}));
  CHECK(nlohmann::json::parse(penstock({"check", "--json"}).out)["valid"] == true);
  std::ofstream(daemon.config_file()) << "queues:\n  jobs: {exce: [\xff]}\n";
  const nlohmann::json checked = nlohmann::json::parse(penstock({"check", "--json"}).out);
  CHECK(checked["valid"] == false);
  CHECK(checked["errors"][0]["line"] == 2);
}

TEST_CASE_METHOD(Commands, "what the caller did wrong ends with 64") {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"penstock"}, {"penstock", "frobnicate"}, {"penstock", "run", "--frobnicate"}})
    CHECK(run_command(words).code == 64);
  CHECK(penstock({"enqueue", "nosuch", "x"}).code == 64);
  CHECK(penstock({"enqueue", "jobs", "x", "--in", "5"}).code == 64);
  const Ended never = penstock({"enqueue", "jobs", "x", "--at", "inf"});
  CHECK(never.code == 64);
  CHECK(never.err.find("--at is no time") != std::string::npos);
}

TEST_CASE_METHOD(Commands, "a Redis that is not there ends commands with 69, soon") {
  redis.kill();
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"status"}, {"enqueue", "jobs", "x"}}) {
    const Moment began = std::chrono::steady_clock::now();
    const Ended ended = penstock(words);
    CHECK(ended.code == 69);
    CHECK(ended.err.find("cannot be reached") != std::string::npos);
    CHECK(std::chrono::steady_clock::now() - began < 10s);
  }
  redis.start();
}

TEST_CASE_METHOD(Commands, "a wrong configuration ends every command with 78, its place told") {
  std::ofstream(daemon.config_file()) << "queues:\n  jobs: {exce: [true]}\n";
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"run"}, {"check"}, {"status"}, {"enqueue", "jobs", "x"}}) {
    const Ended ended = penstock(words);
    CHECK(ended.code == 78);
    CHECK((ended.out + ended.err).find("penstock.yaml:2:10: ") != std::string::npos);
  }
}

}  // namespace
}  // namespace penstock::test
