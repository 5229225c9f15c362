#include "support/daemon_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "support/eventually.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kStartTimeout = 60s;
constexpr std::string_view kWorking = "\"msg\":\"working\"";

int exit_code(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string contents(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size()))
    ++found;
  return found;
}

struct Streams {
  std::string in = "/dev/null";
  std::string out;
  std::string err;
};

void open_as(int fd, const std::string& file, int flags) {
  const int opened = ::open(file.c_str(), flags, 0600);
  if (opened < 0 || ::dup2(opened, fd) < 0) ::_exit(126);
}

/// Becomes the program, and makes sure not to outlive the test.
[[noreturn]] void become(char* const* words, const Streams& streams, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(126);
  // Catch2 catches some: a signal that comes before the program is there ends it as it would later.
  for (int number = 1; number < SIGRTMIN; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  open_as(STDIN_FILENO, streams.in, O_RDONLY);
  open_as(STDOUT_FILENO, streams.out, O_WRONLY | O_CREAT | O_APPEND);
  open_as(STDERR_FILENO, streams.err, O_WRONLY | O_CREAT | O_APPEND);
  ::execvp(words[0], words);
  ::_exit(127);
}

pid_t launch(std::vector<std::string> words, const Streams& streams) {
  if (words.front() == "penstock") words.front() = PENSTOCK_BINARY;
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) become(pointers.data(), streams, parent);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  return child;
}

}  // namespace

Ended run_command(const std::vector<std::string>& words, std::string_view input) {
  const TempDir dir;
  const Streams streams{.in = dir / "in", .out = dir / "out", .err = dir / "err"};
  std::ofstream(streams.in, std::ios::binary) << input;
  const pid_t child = launch(words, streams);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return {exit_code(status), contents(streams.out), contents(streams.err)};
}

DaemonProcess::DaemonProcess(std::string_view config) {
  write_config(config);
  start();
}

DaemonProcess::~DaemonProcess() {
  if (pid_ != 0) kill();
}

void DaemonProcess::write_config(std::string_view config) const {
  const std::filesystem::path written = dir_ / "penstock.yaml.new";
  std::ofstream(written, std::ios::binary) << config;
  std::filesystem::rename(written, config_file());
}

void DaemonProcess::start() {
  told_before_ = told(kWorking);
  pid_ = launch({"penstock", "run", "-c", config_file()}, {.out = log_file(), .err = log_file()});
}

void DaemonProcess::wait_until_working() {
  const bool working =
      eventually([&] { return told(kWorking) > told_before_ || has_ended(); }, kStartTimeout);
  if (!working || pid_ == 0) give_up("the daemon does not come to work");
}

void DaemonProcess::signal(int number) const {
  if (pid_ != 0) ::kill(pid_, number);
}

void DaemonProcess::kill() {
  signal(SIGKILL);
  wait_exit();
}

void DaemonProcess::pause() const {
  signal(SIGSTOP);
  int status = 0;
  ::waitpid(pid_, &status, WUNTRACED);
}

int DaemonProcess::stop() {
  signal(SIGTERM);
  return wait_exit();
}

bool DaemonProcess::has_ended() {
  if (pid_ != 0 && ::waitpid(pid_, &status_, WNOHANG) == pid_) pid_ = 0;
  return pid_ == 0;
}

int DaemonProcess::wait_exit(std::chrono::milliseconds deadline) {
  if (!eventually([&] { return has_ended(); }, deadline, 1ms)) give_up("the daemon does not end");
  return exit_code(status_);
}

void DaemonProcess::reload(std::string_view config, std::string_view heard) {
  const std::size_t before = told(heard);
  write_config(config);
  signal(SIGHUP);
  if (!eventually([&] { return told(heard) > before; })) give_up("the daemon does not reload");
}

std::string DaemonProcess::log() const {
  return contents(log_file());
}

std::vector<nlohmann::json> DaemonProcess::lines() const {
  std::vector<nlohmann::json> all;
  std::istringstream text(log());
  for (std::string line; std::getline(text, line);) {
    nlohmann::json parsed = nlohmann::json::parse(line, nullptr, false);
    if (parsed.is_object()) all.push_back(std::move(parsed));
  }
  return all;
}

std::vector<nlohmann::json> DaemonProcess::lines(std::string_view message) const {
  std::vector<nlohmann::json> all = lines();
  std::erase_if(all, [&](const nlohmann::json& line) { return line.value("msg", "") != message; });
  return all;
}

std::size_t DaemonProcess::told(std::string_view text) const {
  return count(log(), text);
}

void DaemonProcess::give_up(const std::string& what) const {
  throw std::runtime_error(what + "; its log:\n" + log());
}

}  // namespace penstock::test
