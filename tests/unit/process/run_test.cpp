#include "penstock/process/run.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "harness.hpp"
#include "penstock/process/fd.hpp"

using namespace penstock;
using process::Exit;
using process::Spec;
using test::Processes;
using test::sh;

TEST_CASE_METHOD(Processes, "a command's output and exit code are returned") {
  const Exit exit = run(sh("echo out; exit 3"));
  CHECK(exit.code == 3);
  CHECK(exit.signal == 0);
  CHECK(exit.output == "out\n");
  CHECK(exit.output_bytes == 4);
  CHECK_FALSE(exit.output_cut);
}

TEST_CASE_METHOD(Processes, "a command that a signal ended has a signal and no code") {
  const Exit exit = run(sh("kill -KILL $$"));
  CHECK(exit.code == -1);
  CHECK(exit.signal == SIGKILL);
  CHECK_FALSE(exit.core_dumped);
}

TEST_CASE_METHOD(Processes, "a command that exits with 0 over a signal it blocked is done") {
  CHECK(run(sh("trap '' TERM; kill -TERM $$; exit 0")).code == 0);
}

TEST_CASE_METHOD(Processes, "the arguments arrive as they are, unseen by any shell") {
  Spec spec{.argv = {"/usr/bin/printf", "[%s]", "a b", "", "$HOME;*", "ü\n"}};
  CHECK(run(std::move(spec)).output == "[a b][][$HOME;*][ü\n]");
}

TEST_CASE_METHOD(Processes, "the environment is exactly what was given") {
  Spec spec{.argv = {"env"}, .environment = {"PATH=/usr/bin", "EMPTY=", "A=b c"}};
  CHECK(run(std::move(spec)).output == "PATH=/usr/bin\nEMPTY=\nA=b c\n");
}

TEST_CASE_METHOD(Processes, "a command starts in the directory given") {
  Spec spec{.argv = {"pwd"}, .cwd = "/usr/lib"};
  CHECK(run(std::move(spec)).output == "/usr/lib\n");
}

TEST_CASE_METHOD(Processes, "a command has no descriptors but the standard three") {
  const process::Fd left_open(fcntl(STDIN_FILENO, F_DUPFD, 200));
  const std::string listing = run(sh("ls /proc/self/fd")).output;
  CHECK(listing == "0\n1\n2\n3\n");  // 3: the directory that ls reads
}

TEST_CASE_METHOD(Processes, "the standard three are in place even where this program has none") {
  const process::Fd kept(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 100));
  ::close(STDIN_FILENO);
  Spec spec = sh("cat; echo err >&2");
  spec.input = "in\n";
  std::string error;
  spec.on_error_line = [&](std::string_view line) { error = line; };
  const Exit exit = run(std::move(spec));
  dup2(kept.get(), STDIN_FILENO);
  CHECK(exit.output == "in\n");
  CHECK(error == "err");
}

TEST_CASE_METHOD(Processes, "a command leads a session and a group of its own") {
  const Exit exit =
      run(sh("read pid name state parent group session rest < /proc/self/stat;"
             "echo $((pid - group)) $((pid - session))"));
  CHECK(exit.output == "0 0\n");
}

TEST_CASE_METHOD(Processes, "this program's signal settings do not reach a command") {
  const auto before = std::signal(SIGINT, SIG_IGN);
  sigset_t blocked;
  sigset_t mask;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &blocked, &mask);
  const Exit exit = run(sh("grep -cE 'Sig(Blk|Ign):.0+$' /proc/self/status"));
  pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  std::signal(SIGINT, before);
  CHECK(exit.output == "2\n");
}

TEST_CASE_METHOD(Processes, "exit statuses survive a handler of SIGCHLD in the program") {
  const auto before = std::signal(SIGCHLD, [](int) {});
  CHECK(run(sh("exit 7")).code == 7);
  std::signal(SIGCHLD, before);
}

TEST_CASE_METHOD(Processes, "an exit status that the program threw away is an error") {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  CHECK_THROWS_AS(run(sh("exit 0")), std::system_error);
  std::signal(SIGCHLD, before);
}
