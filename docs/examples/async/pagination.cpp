// Pages that are fetched when they are asked for: as a generator, flattened, and as a class that
// was written by hand.
#include <algorithm>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "penstock/async/flatten.hpp"
#include "penstock/async/sleep.hpp"

namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

using Page = std::vector<std::string>;

constexpr int kUsers = 7;

Task<Page> fetch_page(int first, int per_page) {
  co_await sleep(100ms);
  Page page;
  for (int id = first; id < std::min(first + per_page, kUsers); ++id) {
    page.push_back("user" + std::to_string(id));
  }
  co_return page;
}

AsyncGenerator<Page> paginate_users(int per_page) {
  for (int first = 0;; first += per_page) {
    Page page = co_await fetch_page(first, per_page);
    if (page.empty()) co_return;
    co_yield std::move(page);
  }
}

/// The same by hand: whatever has a next() that gives an optional can be looped over.
class UserPages {
 public:
  explicit UserPages(int per_page) : per_page_(per_page) {}

  Task<std::optional<Page>> next() {
    Page page = co_await fetch_page(first_, per_page_);
    first_ += per_page_;
    if (page.empty()) co_return std::nullopt;
    co_return std::move(page);
  }

 private:
  int per_page_;
  int first_ = 0;
};

Task<> example() {
  auto pages = paginate_users(3);
  while (const std::optional<Page> page = co_await pages.next()) {
    std::cout << page->size() << " from " << page->front() << '\n';
  }

  auto users = flatten(paginate_users(3));
  const TimePoint start = Loop::current().now();
  while (const std::optional<std::string> user = co_await users.next()) {
    std::cout << *user << ' ';
    if (*user == "user4") break;  // the third page is never fetched
  }
  std::cout << "in " << (Loop::current().now() - start) / 1ms << " ms\n";

  UserPages by_hand(4);
  while (const auto page = co_await by_hand.next()) std::cout << page->size() << " by hand\n";
}

}  // namespace

int main() {
  Loop loop({.virtual_time = true});
  loop.run(example());
}

// Prints:
// 3 from user0
// 3 from user3
// 1 from user6
// user0 user1 user2 user3 user4 in 200 ms
// 4 by hand
// 3 by hand
