#include "penstock/sql/statement.hpp"

#include <catch2/catch.hpp>

#include "penstock/sql/record.hpp"
#include "penstock/sql/statement_cache.hpp"

namespace penstock::test {
namespace {

using sql::Statement;
using sql::StatementCache;

template <class... Args>
Statement statement(std::string text, const Args&... arguments) {
  return {.text = std::move(text), .parameters = sql::Parameters(std::in_place, arguments...)};
}

TEST_CASE("rows are numbered through, and their values stand beside the text") {
  const std::vector<std::tuple<int, std::string>> rows{{1, "a"}, {2, "b"}};
  const Statement insert = sql::insert_rows("insert into t values", rows, "returning id");
  CHECK(insert.text == "insert into t values ($1, $2), ($3, $4) returning id");
  REQUIRE(insert.parameters.size() == 4);
  CHECK(insert.parameters.values()[3].bytes == "b");
  CHECK_FALSE(insert.recurring);
}

TEST_CASE("more values than a statement may have are refused") {
  const std::vector<std::tuple<int, int>> rows(32768);
  CHECK_THROWS_AS(sql::insert_rows("insert into t values", rows), std::length_error);
}

TEST_CASE("an array quotes what needs it") {
  const Statement array = statement("select $1", std::vector<std::string>{"a\"b", "c\\d", "NULL"});
  CHECK(array.parameters.values()[0].bytes == R"({"a\"b","c\\d","NULL"})");
}

TEST_CASE("a statement is known by its text and the types of its values") {
  CHECK(StatementCache::key_of(statement("x", 1)) == StatementCache::key_of(statement("x", 2)));
  CHECK(StatementCache::key_of(statement("x", 1)) != StatementCache::key_of(statement("x", "1")));
  CHECK(StatementCache::key_of(statement("x")) != StatementCache::key_of(statement("y")));
}

TEST_CASE("the statement that was used least recently makes room") {
  StatementCache cache(2);
  CHECK_FALSE(cache.evict());
  cache.add("a", "1");
  cache.add("b", "2");
  CHECK(*cache.find("a") == "1");
  CHECK(cache.evict() == "2");
  CHECK(cache.find("b") == nullptr);
  CHECK(cache.size() == 1);
  CHECK(cache.forget("a") == "1");
  CHECK_FALSE(cache.forget("a"));
}

TEST_CASE("the names of prepared statements never come twice") {
  StatementCache cache(1);
  CHECK(cache.next_name() != cache.next_name());
}

struct One {
  int a;
};
struct Sixteen {
  int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o;
  std::string p = "last";
};

TEST_CASE("the fields of a struct are counted, and can be set") {
  One one{};
  std::get<0>(sql::fields_of(one)) = 5;
  CHECK(one.a == 5);
  Sixteen sixteen{};
  CHECK(std::get<15>(sql::fields_of(sixteen)) == "last");
}

}  // namespace
}  // namespace penstock::test
