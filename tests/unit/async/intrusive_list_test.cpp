#include "penstock/async/intrusive_list.hpp"

#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "support/async_death.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;

struct Other;

struct Item : ListHook<DefaultTag>, ListHook<Other> {
  explicit Item(char its_name) : name(its_name) {}
  char name;
};

using Items = IntrusiveList<Item>;

std::string drained(Items& items) {
  std::string names;
  while (!items.empty()) names += items.pop_front().name;
  return names;
}

TEST_CASE("elements leave a list in the order they came") {
  Item a('a');
  Item b('b');
  Items items;
  items.push_back(a);
  items.push_back(b);
  CHECK(items.size() == 2);
  CHECK(&items.front() == &a);
  CHECK(drained(items) == "ab");
  CHECK(items.empty());
}

TEST_CASE("an element unlinks itself from anywhere, and can come again") {
  Item a('a');
  Item b('b');
  Item c('c');
  Items items;
  for (Item* item : {&a, &b, &c}) items.push_back(*item);
  b.ListHook<DefaultTag>::unlink();
  CHECK_FALSE(b.ListHook<DefaultTag>::linked());
  items.push_back(b);
  CHECK(drained(items) == "acb");
}

TEST_CASE("an element may be unlinked while it is visited") {
  Item a('a');
  Item b('b');
  Item c('c');
  Items items;
  for (Item* item : {&a, &b, &c}) items.push_back(*item);
  items.for_each([](Item& item) {
    if (item.name != 'b') item.ListHook<DefaultTag>::unlink();
  });
  CHECK(drained(items) == "b");
}

TEST_CASE("an element stands in several lists at once, by tag") {
  Item a('a');
  Items items;
  IntrusiveList<Item, Other> others;
  items.push_back(a);
  others.push_back(a);
  items.pop_front();
  CHECK(a.ListHook<Other>::linked());
  CHECK(&others.pop_front() == &a);
}

#ifndef NDEBUG
TEST_CASE("an element that dies in a list dies loudly") {
  CHECK(dies_loudly([] {
    Items items;
    std::optional<Item> item('a');
    items.push_back(*item);
    item.reset();
  }));
}

TEST_CASE("a list that dies with elements dies loudly") {
  CHECK(dies_loudly([] {
    Item item('a');
    Items items;
    items.push_back(item);
  }));
}
#endif

}  // namespace
}  // namespace penstock::test
