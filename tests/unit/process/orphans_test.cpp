#include "penstock/process/orphans.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "harness.hpp"
#include "penstock/async/sleep.hpp"
#include "penstock/async/task_group.hpp"

using namespace penstock;
using process::Spec;
using test::Processes;
using test::sh;

namespace {

constexpr auto kOften = std::chrono::milliseconds(1);

/// Runs `work` with reap_orphans() beside it.
async::Task<> looked_after(std::function<async::Task<>()> work) {
  return async::task_group([work = std::move(work)](async::TaskGroup& group) -> async::Task<> {
    group.spawn(process::reap_orphans(kOften));
    co_await async::yield_now();  // it knows of the jobs that end after its own start
    co_await work();
    group.cancel();
  });
}

/// A shell that puts each job of a script into a group of its own.
Spec bash(std::string script) {
  return {.argv = {"/bin/bash", "-c", "set -m;" + script}, .environment = {"PATH=/usr/bin:/bin"}};
}

async::Task<> until_only(std::vector<pid_t> children) {
  return test::until([children = std::move(children)] { return test::children() == children; });
}

/// A command that leaves a process in a session of its own, and prints its number.
Spec daemonising() {
  return sh(
      "trap 'exit 0' USR1;"
      "setsid sh -c \"echo \\$\\$; kill -USR1 $$; exec sleep 1000 >/dev/null 2>&1\" & wait");
}

/// A child in this program's own session.
pid_t start_by_other_means(std::string script) {
  std::string shell = "/bin/sh";
  std::string option = "-c";
  char* const argv[] = {shell.data(), option.data(), script.data(), nullptr};
  pid_t pid = 0;
  REQUIRE(posix_spawn(&pid, shell.c_str(), nullptr, nullptr, argv, environ) == 0);
  return pid;
}

}  // namespace

TEST_CASE_METHOD(Processes, "orphans in other groups of a job's session are killed after it") {
  loop.run(looked_after([]() -> async::Task<> {
    co_await process::run(bash("sleep 1000 & sleep 1000 & exit 0"));
    co_await until_only({});
  }));
}

TEST_CASE_METHOD(Processes, "so is what they started themselves") {
  loop.run(looked_after([]() -> async::Task<> {
    co_await process::run(bash("bash -c 'set -m; sleep 1000 & sleep 1000 & wait' & exit 0"));
    co_await until_only({});
  }));
}

TEST_CASE_METHOD(Processes, "an orphan of a job that still runs is left alone") {
  loop.run(async::task_group([](async::TaskGroup& group) -> async::Task<> {
    group.spawn(process::reap_orphans(kOften));
    pid_t job = 0;
    Spec spec = bash(
        "trap 'kill -0 $orphan && echo alive; exit 0' USR1;"
        "orphan=$(bash -c 'set -m; sleep 1000 >/dev/null 2>&1 & echo $!');"
        "echo $$ >&2; while :; do sleep 0.01; done");
    spec.on_error_line = [&job](std::string_view line) { job = test::as_pid(std::string(line)); };
    auto running = group.spawn(process::run(std::move(spec)));
    co_await test::until([&job] { return job != 0; });
    co_await process::run(bash("sleep 1000 & exit 0"));
    co_await test::until([] { return test::children().size() == 2; });  // the other orphan is gone
    kill(job, SIGUSR1);
    CHECK((co_await running.join()).output == "alive\n");
    co_await until_only({});
    group.cancel();
  }));
}

TEST_CASE_METHOD(Processes,
                 "a daemon left in its own session lives on, and is reaped when it ends") {
  loop.run(looked_after([]() -> async::Task<> {
    const process::Exit exit = co_await process::run(daemonising());
    const pid_t daemon = test::as_pid(exit.output);
    co_await process::run(bash("sleep 1000 & exit 0"));
    co_await until_only({daemon});  // the other orphan is gone: this one has been looked at
    CHECK(test::state_of(daemon) != 'Z');
    kill(daemon, SIGKILL);
    co_await until_only({});
  }));
}

TEST_CASE_METHOD(Processes, "no command's exit status is taken by the looking after orphans") {
  loop.run(looked_after([]() -> async::Task<> {
    for (int i = 0; i < 100; ++i) CHECK((co_await process::run(sh("exit 9"))).code == 9);
  }));
}

TEST_CASE_METHOD(Processes, "a child that the program started in another way is its own to reap") {
  const pid_t other = start_by_other_means("exit 9");
  loop.run(looked_after([other]() -> async::Task<> {
    co_await test::until([other] { return test::state_of(other) == 'Z'; });
    co_await process::run(bash("sleep 1000 & exit 0"));
    co_await until_only({other});
  }));
  int status = 0;
  CHECK(waitpid(other, &status, 0) == other);
  CHECK(WEXITSTATUS(status) == 9);
}

TEST_CASE_METHOD(Processes, "looking after orphans ends when it is cancelled, at any time") {
  loop.run(looked_after([]() -> async::Task<> { co_return; }));
  loop.run(looked_after([]() -> async::Task<> { co_await process::run(sh("exit 0")); }));
}
