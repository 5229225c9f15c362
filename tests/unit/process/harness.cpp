#include "harness.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "penstock/async/sleep.hpp"
#include "penstock/async/task_group.hpp"

namespace penstock::test {

Processes::Processes() : descriptors_(open_descriptors()) {}

Processes::~Processes() {
  CHECK(open_descriptors() == descriptors_);
  CHECK(children() == std::vector<pid_t>{});
}

int Processes::spawn_error(process::Spec spec) {
  try {
    run(std::move(spec));
  } catch (const process::SpawnError& error) {
    INFO(error.what());
    return error.error();
  }
  return 0;
}

async::Task<Lines> Processes::cancelled_at_first_line(process::Spec spec) {
  Lines lines;
  async::Event ready;
  spec.on_error_line = [&](std::string_view line) {
    lines.emplace_back(line);
    ready.set();
  };
  co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
    group.spawn(process::run(std::move(spec)));
    co_await ready.wait();
    group.cancel();
  });
  co_return lines;
}

process::Spec sh(std::string script) {
  return {.argv = {"/bin/sh", "-c", std::move(script)}, .environment = {"PATH=/usr/bin:/bin"}};
}

std::size_t open_descriptors(int limit) {
  std::size_t count = 0;
  for (int fd = 0; fd < limit; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) ++count;
  }
  return count;
}

std::vector<pid_t> children() {
  const std::string pid = std::to_string(getpid());
  std::ifstream file("/proc/" + pid + "/task/" + pid + "/children");
  return {std::istream_iterator<pid_t>(file), {}};
}

char state_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string number;
  std::string name;
  char state = '-';
  file >> number >> name >> state;
  return state;
}

async::Task<> until(std::function<bool()> condition) {
  while (!condition()) co_await async::sleep(std::chrono::milliseconds(1));
}

pid_t as_pid(const std::string& text) {
  return static_cast<pid_t>(std::stol(text));
}

}  // namespace penstock::test
