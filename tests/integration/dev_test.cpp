// penstock dev: the daemon with a Redis of its own.
#include <catch2/catch.hpp>
#include <fstream>

#include "support/scenario.hpp"

namespace penstock::test {
namespace {

namespace fs = std::filesystem;

struct Dev {
  RedisServer other{{.tcp = true}};
  TempDir dir;

  /// Ends by itself, for its Redis cannot have the port.
  Ended on_a_taken_port(const fs::path& data) const {
    const fs::path config = dir / "penstock.yaml";
    std::ofstream(config) << "queues: {jobs: {noop: {}}}\n";
    return run_command(
        {"penstock", "dev", "-c", config, "--data", data, "--port", std::to_string(other.port())});
  }

  /// `script` once the private Redis answers: $dev is the pid of `penstock dev`, and `cli` speaks
  /// with its Redis.
  Ended while_it_runs(const std::string& script) const {
    const fs::path config = dir / "penstock.yaml";
    std::ofstream(config) << "queues: {jobs: {noop: {}}}\n";
    return run_command({"sh", "-c",
                        R"sh("$0" dev -c "$1" --data "$2" --port 0 &
                             dev=$!
                             cli() { redis-cli -s "$socket" "$@" 2>/dev/null; }
                             socket=$2/redis.sock
                             until cli PING; do kill -0 $dev || exit 3; done
                        )sh" +
                            script,
                        PENSTOCK_BINARY, config, dir / "data"});
  }
};

TEST_CASE_METHOD(Dev,
                 "dev tells the last that a Redis said which does not stay, and ends with 69") {
  const Ended ended = on_a_taken_port(dir / "data");
  CHECK(ended.code == 69);
  CHECK(ended.err.find("the private Redis has ended: ") != std::string::npos);
  CHECK(ended.err.find("Failed listening on port") != std::string::npos);
  CHECK(ended.err.find("is running") == std::string::npos);
}

TEST_CASE_METHOD(Dev,
                 "dev closes the directory that it makes, and leaves the user's own as it is") {
  constexpr auto kOpen = fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec;
  fs::create_directory(dir / "mine");
  fs::permissions(dir / "mine", kOpen);
  on_a_taken_port(dir / "mine");
  on_a_taken_port(dir / "new");
  CHECK(fs::status(dir / "mine").permissions() == kOpen);
  CHECK(fs::status(dir / "new").permissions() == fs::perms::owner_all);
}

TEST_CASE_METHOD(Dev, "dev leaves a directory alone in which a Redis runs") {
  const RedisServer running({.append_only = true});
  const Ended ended = on_a_taken_port(running.directory());
  CHECK(ended.code == 69);
  CHECK(ended.err.contains("a Redis runs in " + running.directory().string() + " already"));
  CHECK(running.client().cmd("PING").text == "PONG");
}

TEST_CASE_METHOD(Dev, "the private Redis ends with dev, even when that is killed") {
  const Ended ended = while_it_runs(R"sh(
    kill -9 $dev
    for i in $(seq 3000); do cli PING || exit 0; done
    cli SHUTDOWN
    exit 1)sh");
  CHECK(ended.code == 0);
}

TEST_CASE_METHOD(Dev,
                 "dev says by what signal its Redis ended, and takes no warning for a reason") {
  const Ended ended = while_it_runs(R"sh(
    kill -9 $(cli INFO server | sed -n 's/^process_id:\([0-9]*\).*/\1/p')
    wait $dev)sh");
  CHECK(ended.code == 69);
  CHECK(ended.err.ends_with("penstock: the private Redis has ended: ended by signal 9\n"));
}

TEST_CASE_METHOD(Dev, "dev with a directory that cannot be made ends with 71 and names it") {
  const Ended ended = on_a_taken_port("/proc/penstock");
  CHECK(ended.code == 71);
  CHECK(ended.err.ends_with("penstock: /proc/penstock: No such file or directory\n"));
}

}  // namespace
}  // namespace penstock::test
