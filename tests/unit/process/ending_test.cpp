#include <sys/wait.h>

#include <csignal>
#include <filesystem>

#include "harness.hpp"
#include "penstock/async/task_group.hpp"
#include "penstock/async/timeout.hpp"
#include "support/temp_dir.hpp"

using namespace penstock;
using namespace std::chrono_literals;
using process::Exit;
using process::Spec;
using test::Lines;
using test::Processes;
using test::sh;

namespace {

// Long enough that a test which waits for it has failed.
constexpr async::Duration kNever = 1h;

// Deaf to TERM, as is everything it starts, and never ends.
const std::string kDeaf = "trap '' TERM; echo ready >&2; while :; do sleep 1000; done";

async::Task<Exit> within(async::Duration time, Spec spec) {
  return async::with_timeout(time, process::run(std::move(spec)));
}

}  // namespace

TEST_CASE_METHOD(Processes, "a cancelled command and its children end by TERM") {
  Spec spec = sh("sleep 1000 & sleep 1000 & echo ready >&2; wait");
  spec.grace = kNever;
  CHECK(run_cancelled(std::move(spec)) == Lines{"ready"});
}

TEST_CASE_METHOD(Processes, "a command that takes too long ends in Timeout") {
  CHECK_THROWS_AS(loop.run(within(20ms, sh("sleep 1000"))), async::Timeout);
}

TEST_CASE_METHOD(Processes, "a cancelled command is heard to its end") {
  Spec spec = sh("trap 'echo putting away >&2; exit 1' TERM; echo ready >&2; while :; do :; done");
  spec.grace = kNever;
  CHECK(run_cancelled(std::move(spec)) == Lines{"ready", "putting away"});
}

TEST_CASE_METHOD(Processes, "a cancelled command that writes a lot as it ends is not blocked") {
  Spec spec =
      sh("trap 'head -c 1000000 /dev/zero; echo written >&2; exit 1' TERM; echo ready >&2;"
         "while :; do :; done");
  spec.grace = kNever;
  CHECK(run_cancelled(std::move(spec)) == Lines{"ready", "written"});
}

TEST_CASE_METHOD(Processes, "a command deaf to TERM is killed after its grace, with its children") {
  Spec spec = sh("(" + kDeaf + ") & " + kDeaf);
  spec.grace = 50ms;
  run_cancelled(std::move(spec));
}

TEST_CASE_METHOD(Processes,
                 "children that are deaf to TERM are killed though their parent is not") {
  Spec spec = sh("(" + kDeaf + ") & wait");
  spec.grace = 50ms;
  CHECK(run_cancelled(std::move(spec)) == Lines{"ready"});
}

TEST_CASE_METHOD(Processes, "without grace a command is killed at once") {
  Spec spec = sh("trap 'echo heard >&2' TERM; echo ready >&2; while :; do :; done");
  spec.grace = 0s;
  CHECK(run_cancelled(std::move(spec)) == Lines{"ready"});
}

TEST_CASE_METHOD(Processes, "a stopped command ends by TERM, too") {
  Spec spec = sh("trap 'echo woken >&2; exit 1' TERM; kill -STOP $$; while :; do :; done");
  Lines lines;
  spec.on_error_line = [&](std::string_view line) { lines.emplace_back(line); };
  spec.grace = kNever;
  loop.run(async::task_group([&](async::TaskGroup& group) -> async::Task<> {
    group.spawn(process::run(std::move(spec)));
    co_await test::until([] {
      const auto all = test::children();
      return !all.empty() && test::state_of(all.front()) == 'T';
    });
    group.cancel();
  }));
  CHECK(lines == Lines{"woken"});
}

TEST_CASE_METHOD(Processes, "a grace under way ends when the owner asks to kill now") {
  async::Event kill_now;
  Spec spec = sh("trap 'echo deaf >&2' TERM; echo ready >&2; while :; do sleep 0.01; done");
  int lines = 0;
  spec.on_error_line = [&](std::string_view) {
    if (++lines == 2) kill_now.set();
  };
  spec.grace = kNever;
  spec.kill_now = &kill_now;
  loop.run(async::task_group([&](async::TaskGroup& group) -> async::Task<> {
    group.spawn(process::run(std::move(spec)));
    co_await test::until([&] { return lines == 1; });
    group.cancel();
  }));
  CHECK(kill_now.is_set());
}

TEST_CASE_METHOD(Processes, "once the owner has asked to kill now there is no grace at all") {
  async::Event kill_now;
  kill_now.set();
  Spec spec = sh(kDeaf);
  spec.grace = kNever;
  spec.kill_now = &kill_now;
  run_cancelled(std::move(spec));
}

TEST_CASE_METHOD(Processes, "asking to kill now does nothing to a command that is not cancelled") {
  async::Event kill_now;
  kill_now.set();
  Spec spec = sh("exit 4");
  spec.kill_now = &kill_now;
  CHECK(run(std::move(spec)).code == 4);
}

TEST_CASE_METHOD(Processes, "in a cancelled scope nothing is started") {
  const test::TempDir directory;
  loop.run([](std::string marker) -> async::Task<> {
    async::CancelScope scope;
    scope.cancel();
    CHECK_THROWS_AS(co_await process::run(sh("touch " + marker)), async::Cancelled);
  }(directory / "marker"));
  CHECK_FALSE(std::filesystem::exists(directory / "marker"));
}

TEST_CASE_METHOD(Processes, "what a command leaves in its group does not outlive it") {
  CHECK(run(sh("sleep 1000 & echo started")).output == "started\n");
}

TEST_CASE_METHOD(Processes, "nor does it when it is stopped, or deaf to TERM") {
  CHECK(run(sh("(trap '' TERM; kill -STOP $(sh -c 'echo $PPID'); sleep 1000) & exit 0")).code == 0);
  CHECK(run(sh("(" + kDeaf + ") & read line <&2; exit 0")).code == 0);
}

TEST_CASE_METHOD(Processes, "zombies that a command did not reap leave with it") {
  CHECK(run(sh("sh -c 'exit 1' & exec sh -c 'echo done'")).output == "done\n");
}

TEST_CASE_METHOD(Processes, "output held open by a process that left the group is let go") {
  Spec spec =
      sh("trap 'exit 0' USR1; setsid sh -c \"echo \\$\\$; kill -USR1 $$; exec sleep 1000\" & wait");
  spec.output_grace = 20ms;
  const pid_t escaped = test::as_pid(run(std::move(spec)).output);
  CHECK(kill(escaped, SIGKILL) == 0);
  loop.run(test::until([] { return test::state_of(test::children().at(0)) == 'Z'; }));
  CHECK(waitpid(escaped, nullptr, 0) == escaped);
}

TEST_CASE_METHOD(Processes, "a hundred commands deaf to TERM are killed together") {
  int ready = 0;
  loop.run(async::task_group([&](async::TaskGroup& group) -> async::Task<> {
    for (int i = 0; i < 100; ++i) {
      Spec spec = sh("trap '' TERM; echo ready >&2; exec sleep 1000");
      spec.on_error_line = [&](std::string_view) { ++ready; };
      spec.grace = 50ms;
      group.spawn(process::run(std::move(spec)));
    }
    co_await test::until([&] { return ready == 100; });
    group.cancel();
  }));
}

TEST_CASE_METHOD(Processes, "of a cancelled command the owner hears what was seen") {
  std::vector<Exit> seen;
  Spec spec = sh("trap 'echo out; exit 3' TERM; echo ready >&2; while :; do :; done");
  spec.on_cancelled = [&](const Exit& exit) { seen.push_back(exit); };
  run_cancelled(std::move(spec));
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].output == "out\n");
  CHECK(seen[0].error_bytes == 6);
  CHECK(seen[0].code == 3);
}

TEST_CASE_METHOD(Processes,
                 "a cancelled command is not waited for by its escaped children's output") {
  Spec spec = sh("setsid sh -c 'echo $$ >&2; exec sleep 1000' & wait");
  spec.output_grace = kNever;
  const pid_t escaped = test::as_pid(run_cancelled(std::move(spec)).at(0));
  CHECK(kill(escaped, SIGKILL) == 0);
  CHECK(waitpid(escaped, nullptr, 0) == escaped);
}
