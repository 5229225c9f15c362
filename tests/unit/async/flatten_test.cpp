#include "penstock/async/flatten.hpp"

#include <memory>
#include <span>
#include <string>

#include "penstock/async/sleep.hpp"
#include "support/async_run.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

TEST_CASE("flatten gives the items of pages, asking for a page when it is needed") {
  run_virtual([]() -> Task<> {
    int pages = 0;
    const auto paginate = [&]() -> AsyncGenerator<std::vector<int>> {
      for (int page = 0; page < 4; ++page) {
        co_await sleep(1s);
        ++pages;
        std::vector<int> items;
        for (int item = 0; item < page; ++item) items.push_back(page * 10 + item);
        co_yield std::move(items);
      }
    };
    auto items = flatten(paginate());
    const auto first = co_await items.next();
    CHECK(first == 10);
    CHECK(pages == 2);
    const auto rest = co_await collect(std::move(items));
    CHECK(rest == std::vector<int>{20, 21, 30, 31, 32});
  });
}

TEST_CASE("flatten moves the items out of a page, but not out of a view of somebody else's") {
  run_virtual([]() -> Task<> {
    const auto owned = []() -> AsyncGenerator<std::vector<std::unique_ptr<int>>> {
      std::vector<std::unique_ptr<int>> page;
      page.push_back(std::make_unique<int>(7));
      co_yield std::move(page);
    };
    const auto moved = co_await collect(flatten(owned()));
    CHECK(*moved.at(0) == 7);
    std::vector<std::string> texts{"a string that is long enough to be allocated"};
    const auto lent = [&]() -> AsyncGenerator<std::span<std::string>> { co_yield texts; };
    const auto copied = co_await collect(flatten(lent()));
    CHECK(copied == texts);
  });
}

TEST_CASE("collecting a generator gives all that is left in it") {
  run_virtual([]() -> Task<> {
    const auto count = []() -> AsyncGenerator<int> {
      for (int i = 0; i < 3; ++i) co_yield i;
    };
    auto generator = count();
    co_await generator.next();
    const auto rest = co_await collect(std::move(generator));
    CHECK(rest == std::vector<int>{1, 2});
  });
}

}  // namespace
}  // namespace penstock::test
