// A request's id that every function below sees, without being told.
#include <iostream>
#include <string>
#include <string_view>

#include "penstock/async/context.hpp"
#include "penstock/async/sleep.hpp"
#include "penstock/async/task_group.hpp"

namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

constinit const ContextVar<std::string> request_id;

void log(std::string_view line) {
  const std::string* id = request_id.get();
  std::cout << '[' << (id == nullptr ? "-" : *id) << "] " << line << '\n';
}

Task<> query_database() {
  co_await sleep(10ms);
  log("rows are read");
}

Task<> handle_request(std::string id) {
  const auto bound = request_id.set(std::move(id));  // until `bound` dies
  log("begins");
  co_await query_database();
  co_await task_group([](TaskGroup& group) -> Task<> {  // children start with what we see
    group.spawn([]() -> Task<> {
      log("in a child");
      co_return;
    });
    co_return;
  });
}

Task<> example() {
  co_await task_group([](TaskGroup& group) -> Task<> {
    group.spawn(handle_request("r-1"));
    group.spawn(handle_request("r-2"));
    co_return;
  });
  log("all are handled");
}

}  // namespace

int main() {
  Loop loop({.virtual_time = true});
  loop.run(example());
}

// Prints:
// [r-1] begins
// [r-2] begins
// [r-1] rows are read
// [r-2] rows are read
// [r-1] in a child
// [r-2] in a child
// [-] all are handled
