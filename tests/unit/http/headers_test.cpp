#include "penstock/http/headers.hpp"

#include <catch2/catch.hpp>

namespace penstock::http {
namespace {

TEST_CASE("a header is found whatever the case of its name") {
  const Headers headers{{"Content-Type", "text/plain"}};
  CHECK(headers.get("content-TYPE") == "text/plain");
  CHECK(headers.contains("CONTENT-TYPE"));
  CHECK_FALSE(headers.contains("Content-Typ"));
}

TEST_CASE("a header that came several times has all its values, in order") {
  Headers headers{{"Set-Cookie", "a=1"}, {"Date", "now"}};
  headers.add("set-cookie", "b=2");
  CHECK(headers.get("Set-Cookie") == "a=1");
  CHECK(headers.get_all("SET-COOKIE") == std::vector<std::string_view>{"a=1", "b=2"});
}

TEST_CASE("setting a header replaces all of its name") {
  Headers headers{{"A", "1"}, {"a", "2"}, {"B", "3"}};
  headers.set("A", "4");
  CHECK(headers.get_all("a") == std::vector<std::string_view>{"4"});
  CHECK(headers.size() == 2);
}

TEST_CASE("a header that is not there is not empty but missing") {
  const Headers headers{{"A", ""}};
  CHECK(headers.get("A") == "");
  CHECK(headers.get("B") == std::nullopt);
}

}  // namespace
}  // namespace penstock::http
