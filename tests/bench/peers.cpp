// Peers of the same machine and minute, by drivers that live outside of this tree: a folder with
// sidekiq/ (app.rb, produce.rb) and node/ (bullmq.js, its packages installed). Their contract is
// the environment: PB_PORT or PB_URL, PB_N jobs, PB_MARK, a file that gets `first NANOSECONDS` and
// `last NANOSECONDS`.
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <map>

#include "bench/measure.hpp"
#include "bench/rows.hpp"
#include "support/daemon_process.hpp"

extern char** environ;

namespace penstock::bench {
namespace {

struct Peer {
  const char* name;
  const char* folder;
  const char* needs;  // a shell command that succeeds where the peer is installed
  const char* produce;
  const char* work;
  std::size_t jobs;
};

constexpr std::array<Peer, 2> kPeers{{
    {"Sidekiq, log off, 10 threads", "sidekiq", "command -v sidekiq", "ruby produce.rb noop",
     "sidekiq -r ./app.rb -c 10", 50'000},
    {"BullMQ, 25 at once", "node", "test -d node_modules/bullmq", "node bullmq.js produce noop",
     "node bullmq.js work 25 remove", 30'000},
}};

std::map<std::string, std::int64_t> marks(const std::filesystem::path& file) {
  std::map<std::string, std::int64_t> found;
  std::ifstream in(file);
  std::int64_t at = 0;
  for (std::string name; in >> name >> at;) found.emplace(name, at);
  return found;
}

/// A shell command in a process group of its own, ended with the object.
class Background {
 public:
  explicit Background(std::string command) {
    std::array<std::string, 3> words{"sh", "-c", std::move(command)};
    std::array<char*, 4> pointers{words[0].data(), words[1].data(), words[2].data(), nullptr};
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnp(&pid_, "sh", nullptr, &attributes, pointers.data(), environ);
    posix_spawnattr_destroy(&attributes);
  }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  ~Background() {
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_ = 0;
};

double per_second(const Peer& peer, const std::filesystem::path& folder) {
  const test::RedisServer redis({.tcp = true});
  const test::TempDir place;
  const std::string port = std::to_string(redis.port());
  const std::string jobs = std::to_string(peer.jobs);
  const std::string environment = "cd '" + folder.string() + "' && export PB_PORT=" + port +
                                  " PB_URL=redis://127.0.0.1:" + port + "/0 PB_QUIET=1 && ";
  test::run_command({"sh", "-c", environment + peer.produce + " " + jobs});
  const Background worker(environment + "export PB_N=" + jobs + " PB_MARK='" +
                          (place / "marks").string() + "' && exec " + peer.work +
                          " >/dev/null 2>&1");
  wait_until([&] { return marks(place / "marks").contains("last"); });
  auto found = marks(place / "marks");
  return static_cast<double>(peer.jobs) /
         (static_cast<double>(found["last"] - found["first"]) / 1e9);
}

}  // namespace

void measure_peers(Report& report, const std::filesystem::path& drivers) {
  for (const Peer& peer : kPeers) {
    const std::filesystem::path folder = drivers / peer.folder;
    if (test::run_command({"sh", "-c", "cd '" + folder.string() + "' && " + peer.needs}).code !=
        0) {
      std::fprintf(stderr, "%s is not installed: left out\n", peer.name);
      continue;
    }
    report.add({.what = peer.name, .unit = "jobs/s", .figures = {per_second(peer, folder)}});
  }
}

}  // namespace penstock::bench
