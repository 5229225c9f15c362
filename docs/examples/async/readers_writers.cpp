// Many readers or one writer; who comes after a writer waits for it.
#include <iostream>
#include <string>

#include "penstock/async/rw_lock.hpp"
#include "penstock/async/sleep.hpp"
#include "penstock/async/task_group.hpp"

namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

struct Config {
  RWLock lock;
  int version = 1;
};

Task<> reader(Config& config, std::string name) {
  const auto guard = co_await config.lock.read();
  const int version = config.version;
  co_await sleep(10ms);  // it does not change while we read
  std::cout << name << " has read version " << version << '\n';
}

Task<> writer(Config& config) {
  const auto guard = co_await config.lock.write();
  co_await sleep(10ms);  // nobody sees the half of it
  ++config.version;
  std::cout << "version " << config.version << " is written\n";
}

Task<> example() {
  Config config;
  const TimePoint start = Loop::current().now();
  co_await task_group([&](TaskGroup& group) -> Task<> {
    group.spawn(reader(config, "a"));
    group.spawn(reader(config, "b"));
    group.spawn(writer(config));
    group.spawn(reader(config, "c"));
    group.spawn(reader(config, "d"));
    co_return;
  });
  std::cout << (Loop::current().now() - start) / 1ms << " ms\n";
}

}  // namespace

int main() {
  Loop loop({.virtual_time = true});
  loop.run(example());
}

// Prints:
// a has read version 1
// b has read version 1
// version 2 is written
// c has read version 2
// d has read version 2
// 30 ms
