// What commands find in Redis.
#include "daemon/commands/json.hpp"

#include <catch2/catch.hpp>

namespace penstock::commands {
namespace {

TEST_CASE("a member is read by its name and type") {
  const Json json = read_json(R"({"id":"a\u00e9","n":7,"outcome":null})");
  CHECK(text_of(json, "id") == "a\u00e9");
  CHECK(number_of(json, "n") == 7);
  CHECK(text_of(json, "n") == "");
  CHECK(number_of(json, "id") == 0);
  CHECK(text_of(json, "outcome") == "");
  CHECK(text_of(json, "nosuch") == "");
}

TEST_CASE("what is no JSON, or no object, has no members") {
  const std::string text = GENERATE("", "{", "[1]", "7", "\"a\"", "{\"id\":\"a\"}}");
  CHECK(text_of(read_json(text), "id") == "");
  CHECK(number_of(read_json(text), "id") == 0);
}

}  // namespace
}  // namespace penstock::commands
