// What is often done with an AsyncGenerator: walking through pages item by item, and keeping all.
#pragma once

#include <optional>
#include <ranges>
#include <utility>
#include <vector>

#include "penstock/async/async_generator.hpp"

namespace penstock::async {

/// The items of the pages, one by one. A page is asked for when its first item is.
template <std::ranges::input_range Page>
AsyncGenerator<std::ranges::range_value_t<Page>> flatten(AsyncGenerator<Page> pages) {
  while (std::optional<Page> page = co_await pages.next()) {
    for (auto&& item : *page) {
      if constexpr (std::ranges::view<Page>) {
        co_yield item;  // of somebody else's
      } else {
        co_yield std::move(item);
      }
    }
  }
}

/// All that is left in the generator. REQUIRES: it ends.
template <class T>
Task<std::vector<T>> collect(AsyncGenerator<T> items) {
  std::vector<T> all;
  while (std::optional<T> item = co_await items.next()) all.push_back(*std::move(item));
  co_return all;
}

}  // namespace penstock::async
