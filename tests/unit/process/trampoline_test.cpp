#include <fcntl.h>
#include <grp.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "harness.hpp"
#include "penstock/async/task_group.hpp"
#include "penstock/process/fd.hpp"
#include "penstock/process/spawn.hpp"
#include "penstock/process/trampoline_order.hpp"
#include "support/temp_dir.hpp"

using namespace penstock;
using process::Command;
using process::Exit;
using process::Spec;
using test::Processes;
using test::sh;

namespace {

Spec limited(std::string script, process::Limits limits) {
  Spec spec = sh(std::move(script));
  spec.limits = limits;
  return spec;
}

Spec as_user(std::string user, std::string script) {
  Spec spec = sh(std::move(script));
  spec.user = std::move(user);
  return spec;
}

/// Any limit that changes nothing: the way of the trampoline.
const process::Limits kHarmless{.cpu_seconds = 3600};

/// Switching users takes root.
bool unprivileged() {
  if (geteuid() == 0) return false;
  WARN("not run: needs root");
  return true;
}

}  // namespace

TEST_CASE_METHOD(Processes, "limits bind the command") {
  const process::Limits limits{
      .memory_bytes = 512 << 20, .cpu_seconds = 7, .open_files = 33, .processes = 4321};
  CHECK(run(limited("ulimit -v; ulimit -t; ulimit -n; ulimit -p", limits)).output ==
        "524288\n7\n33\n4321\n");
}

TEST_CASE_METHOD(Processes, "a limit that is not set stays as this program has it") {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  CHECK(run(limited("ulimit -n", kHarmless)).output == std::to_string(files.rlim_cur) + '\n');
}

TEST_CASE_METHOD(Processes, "a command over its memory limit fails by itself") {
  CHECK(run(limited("head -c 300M /dev/zero | tail -n 1 >/dev/null", {.memory_bytes = 100 << 20}))
            .code != 0);
}

TEST_CASE_METHOD(Processes, "a command that goes by way of the trampoline is like any other") {
  const process::Fd left_open(fcntl(STDIN_FILENO, F_DUPFD, 200));
  Spec spec{.argv = {"sh", "-c", "cat; pwd; env; ls /proc/self/fd; exit 3"},
            .environment = {"PATH=/usr/bin:/bin"},
            .cwd = "/usr/lib",
            .limits = kHarmless,
            .input = "in\n"};
  const Exit exit = run(std::move(spec));
  CHECK(exit.output == "in\n/usr/lib\nPATH=/usr/bin:/bin\nPWD=/usr/lib\n0\n1\n2\n3\n");
  CHECK(exit.code == 3);
}

TEST_CASE_METHOD(Processes, "the trampoline does not act on the command's environment") {
  Spec spec = limited("echo; exit 0", kHarmless);
  spec.environment = {"LD_PRELOAD=/nonexistent.so"};
  int complaints = 0;
  spec.on_error_line = [&](std::string_view) { ++complaints; };
  run(std::move(spec));
  CHECK(complaints == 1);  // of the command's own loader
}

TEST_CASE_METHOD(Processes, "a failure behind the trampoline is reported like one before it") {
  CHECK(spawn_error({.argv = {"/nonexistent"}, .limits = kHarmless}) == ENOENT);
  CHECK(spawn_error({.argv = {"/etc/passwd"}, .limits = kHarmless}) == EACCES);
  CHECK_THROWS_WITH(run({.argv = {"true"}, .cwd = "/nonexistent", .limits = kHarmless}),
                    "cannot enter the directory '/nonexistent': No such file or directory");
  CHECK_THROWS_WITH(run(as_user("nobody-of-this-name", "true")),
                    "there is no user 'nobody-of-this-name'");
}

TEST_CASE_METHOD(Processes, "a user is switched with all its groups, and back there is no way") {
  if (unprivileged()) return;
  CHECK(run(as_user("nobody",
                    "id -un; id -gn; id -Gn; grep -E '^(Uid|Gid|CapEff):' /proc/self/status"))
            .output ==
        "nobody\nnogroup\nnogroup\nUid:\t65534\t65534\t65534\t65534\n"
        "Gid:\t65534\t65534\t65534\t65534\nCapEff:\t0000000000000000\n");
}

TEST_CASE_METHOD(Processes, "a user may be a number, even one that no account has") {
  if (unprivileged()) return;
  CHECK(run(as_user("65534", "id -un; id -gn")).output == "nobody\nnogroup\n");
  CHECK(run(as_user("54321", "id -u; id -g; id -G")).output == "54321\n54321\n54321\n");
}

TEST_CASE_METHOD(Processes, "a number that would leave the user as it is stands for nobody") {
  CHECK(spawn_error(as_user("4294967295", "true")) == ENOENT);
  CHECK(spawn_error(as_user("-1", "true")) == ENOENT);
  CHECK(spawn_error(as_user("4294967296", "true")) == ENOENT);
}

TEST_CASE_METHOD(Processes, "what the user may not run or enter is an error") {
  if (unprivileged()) return;
  const test::TempDir directory;
  CHECK(spawn_error({.argv = {"/bin/true"}, .cwd = directory.path(), .user = "nobody"}) == EACCES);
}

TEST_CASE_METHOD(Processes, "a user with too many processes gets EAGAIN") {
  if (unprivileged()) return;
  loop.run(async::task_group([](async::TaskGroup& group) -> async::Task<> {
    async::Event running;
    Spec first = as_user("54321", "echo >&2; exec sleep 1000");
    first.on_error_line = [&running](std::string_view) { running.set(); };
    group.spawn(process::run(std::move(first)));
    co_await running.wait();
    Spec second = as_user("54321", "true");
    second.limits.processes = 0;
    CHECK_THROWS_WITH(co_await process::run(std::move(second)),
                      "cannot start '/bin/sh': Resource temporarily unavailable");
    group.cancel();
  }));
}

TEST_CASE_METHOD(Processes, "a command cancelled on its way through the trampoline is gone") {
  loop.run(async::task_group([](async::TaskGroup& group) -> async::Task<> {
    group.spawn(process::run(limited("sleep 1000", kHarmless)));
    co_await test::until([] { return !test::children().empty(); });
    group.cancel();
  }));
}

TEST_CASE_METHOD(Processes, "a command that ends with us gets TERM once its starter is gone") {
  pid_t pid = 0;
  std::thread([&pid] {
    const auto null = [] { return process::opened(open("/dev/null", O_RDWR | O_CLOEXEC)); };
    const process::Spawned spawned = process::spawn(
        {.argv = {"sleep", "1000"}, .environment = {"PATH=/usr/bin:/bin"}, .ends_with = getpid()},
        {null(), null(), null()});
    pid = spawned.pid;
    char failure = 0;
    CHECK(read(spawned.status.get(), &failure, 1) == 0);  // it runs
  }).join();
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGTERM);
}

TEST_CASE_METHOD(Processes, "a command is not started for somebody who is gone") {
  Spec spec = sh("exit 0");
  spec.ends_with = getppid();
  CHECK(spawn_error(std::move(spec)) == ESRCH);
}

TEST_CASE("an order reaches the trampoline as it was given") {
  const Command command{.argv = {"a", "", "c d"},
                        .environment = {"A=1", "B="},
                        .cwd = "/x",
                        .user = "u",
                        .limits = {.cpu_seconds = 0, .processes = 9},
                        .ends_with = 4711};
  const Command decoded = process::decode_order(process::encode_order(command));
  CHECK(decoded.argv == command.argv);
  CHECK(decoded.environment == command.environment);
  CHECK(decoded.cwd == "/x");
  CHECK(decoded.user == "u");
  CHECK(decoded.limits.cpu_seconds == 0U);
  CHECK(decoded.limits.processes == 9U);
  CHECK(decoded.ends_with == 4711);
  CHECK_FALSE(decoded.limits.memory_bytes);
}

TEST_CASE("an order that is cut short is refused") {
  const std::string order = process::encode_order({.argv = {"a"}});
  for (std::size_t size = 0; size < order.size(); ++size)
    CHECK_THROWS_AS(process::decode_order(order.substr(0, size)), process::SpawnError);
}
