#include "daemon/config/nearest.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <string>

namespace penstock::config {
namespace {

constexpr std::array<std::string_view, 5> kKnown = {"timeout", "expires", "retry", "pop", "log"};

TEST_CASE("each slip of the fingers is one edit") {
  CHECK(edit_distance("timeout", "timeout") == 0);
  CHECK(edit_distance("timout", "timeout") == 1);
  CHECK(edit_distance("timeoutt", "timeout") == 1);
  CHECK(edit_distance("timeaut", "timeout") == 1);
  CHECK(edit_distance("timoeut", "timeout") == 1);
  CHECK(edit_distance("", "log") == 3);
}

TEST_CASE("the nearest known word is within two edits") {
  CHECK(nearest("timout", kKnown) == "timeout");
  CHECK(nearest("timeuot", kKnown) == "timeout");
  CHECK(nearest("tmout", kKnown) == "timeout");
  CHECK(nearest("colour", kKnown).empty());
}

TEST_CASE("a word of few letters is not near to everything") {
  CHECK(nearest("x", kKnown).empty());
  CHECK(nearest("", kKnown).empty());
  CHECK(nearest("lg", kKnown) == "log");
}

TEST_CASE("a very long word costs nothing") {
  CHECK(nearest(std::string(1'000'000, 'x'), kKnown).empty());
}

}  // namespace
}  // namespace penstock::config
