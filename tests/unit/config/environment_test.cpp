#include "daemon/config/environment.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>

namespace penstock::config {
namespace {

const Environment kEnvironment = {{"USER", "ada"}, {"EMPTY", ""}, {"NESTED", "${USER}"}};

std::string filled(std::string_view text) {
  const auto result = substitute(text, kEnvironment);
  return result ? result->text : "error: " + result.error().what;
}

std::size_t wrong_at(std::string_view text) {
  return substitute(text, kEnvironment).error().offset;
}

TEST_CASE("a variable is filled in") {
  CHECK(filled("${USER}") == "ada");
  CHECK(filled("/home/${USER}/${USER}.txt") == "/home/ada/ada.txt");
}

TEST_CASE("a default stands in for what is unset or empty") {
  CHECK(filled("${NOBODY:-grace}") == "grace");
  CHECK(filled("${EMPTY:-grace}") == "grace");
  CHECK(filled("${NOBODY:-}").empty());
  CHECK(filled("${USER:-grace}") == "ada");
  CHECK(filled("${NOBODY:-a:-b}") == "a:-b");
}

TEST_CASE("a variable that is set to nothing is nothing, without a default") {
  CHECK(filled("<${EMPTY}>") == "<>");
}

TEST_CASE("what is filled in is not looked at again") {
  CHECK(filled("${NESTED}") == "${USER}");
}

TEST_CASE("a doubled dollar keeps the braces from the environment") {
  CHECK(filled("$${USER}") == "${USER}");
  CHECK(filled("a$${NOBODY:-x}${USER}") == "a${NOBODY:-x}ada");
}

TEST_CASE("a dollar before anything else is itself") {
  CHECK(filled("$1 $USER $$ 5$") == "$1 $USER $$ 5$");
}

TEST_CASE("an unset variable is an error that names it") {
  CHECK(filled("${NOBODY}").contains("the environment has no NOBODY"));
  CHECK(wrong_at("ab${NOBODY}") == 2);
}

TEST_CASE("what is not a variable is an error at its place") {
  CHECK(wrong_at("ab${USER") == 2);
  CHECK(wrong_at("a${}") == 1);
  CHECK(wrong_at("${1}") == 0);
  CHECK(wrong_at("${A B}") == 0);
  CHECK(wrong_at("${USER:?}") == 0);
  CHECK(wrong_at("${A:-${USER}}") == 0);
}

TEST_CASE("each byte knows where in the original it came from") {
  const auto text = *substitute("x${USER}y$${z", kEnvironment);
  REQUIRE(text.text == "xaday${z");
  CHECK(text.original_offset(0) == 0);
  CHECK(text.original_offset(1) == 1);  // of ada, all of which came from the ${
  CHECK(text.original_offset(3) == 1);
  CHECK(text.original_offset(4) == 8);
  CHECK(text.original_offset(5) == 10);
  CHECK(text.original_offset(7) == 12);
}

TEST_CASE("what is filled in may be escaped on the way") {
  const auto louder = [](std::string_view value) { return std::string(value) + "!"; };
  CHECK(substitute("${USER} ada", kEnvironment, louder)->text == "ada! ada");
}

TEST_CASE("values that grow without bound are refused") {
  std::string text;
  for (int i = 0; i < 20; ++i) text += "${BIG}";
  CHECK_FALSE(substitute(text, {{"BIG", std::string(100'000, 'x')}}));
}

TEST_CASE("the environment of the process is taken as it is") {
  REQUIRE(setenv("PENSTOCK_CONFIG_TEST", "a=b", 1) == 0);
  CHECK(process_environment().at("PENSTOCK_CONFIG_TEST") == "a=b");
  unsetenv("PENSTOCK_CONFIG_TEST");
}

}  // namespace
}  // namespace penstock::config
