// Bounding how long something may take, and saying so in one's own words.
#include <iostream>
#include <stdexcept>
#include <string>

#include "penstock/async/sleep.hpp"
#include "penstock/async/timeout.hpp"

namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

class HttpError : public std::runtime_error {
 public:
  HttpError(int status, const std::string& reason) : std::runtime_error(reason), status_(status) {}
  int status() const noexcept { return status_; }

 private:
  int status_;
};

Task<std::string> fetch(Duration delay) {
  co_await sleep(delay);
  co_return "body";
}

/// Waits for `upstream` for at most `limit`. A timeout is ours alone: one from farther outside, or
/// a cancellation, passes through.
Task<std::string> proxy(Duration limit, Task<std::string> upstream) {
  try {
    co_return co_await with_timeout(limit, std::move(upstream));
  } catch (const Timeout&) {
    throw HttpError(504, "the upstream server took too long");
  }
}

Task<> example() {
  const std::string body = co_await proxy(1s, fetch(200ms));
  std::cout << body << '\n';
  try {
    co_await proxy(1s, fetch(30s));
  } catch (const HttpError& error) {
    std::cout << error.status() << ": " << error.what() << '\n';
  }
}

}  // namespace

int main() {
  Loop loop({.virtual_time = true});
  loop.run(example());
}

// Prints:
// body
// 504: the upstream server took too long
