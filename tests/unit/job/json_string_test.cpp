#include "penstock/job/json_string.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace penstock::job::json {
namespace {

std::string quoted(std::string_view bytes) {
  std::string out;
  append_quoted(out, bytes);
  return out;
}

TEST_CASE("json string: escapes become what they mean") {
  CHECK(unescape(R"(plain)") == "plain");
  CHECK(unescape(R"(\"\\\/\b\f\n\r\t)") == "\"\\/\b\f\n\r\t");
  CHECK(unescape(R"(a\u0000b)") == std::string_view("a\0b", 3));
  CHECK(unescape(R"(\u0041\u00e9\u20AC)") == "A\xC3\xA9\xE2\x82\xAC");
  CHECK(unescape(R"(\ud83d\udca9!)") == "\xF0\x9F\x92\xA9!");
}

TEST_CASE("json string: the last characters before and after the surrogates") {
  CHECK(unescape(R"(\ud7ff)") == "\xED\x9F\xBF");
  CHECK(unescape(R"(\ue000)") == "\xEE\x80\x80");
  CHECK(unescape(R"(\udbff\udfff)") == "\xF4\x8F\xBF\xBF");
}

TEST_CASE("json string: half of a surrogate pair has no bytes") {
  for (const char* text :
       {R"(\ud800)", R"(ab\udc00)", R"(\ud800x)", R"(\ud800\n)", R"(\ud800\ud800)"})
    CHECK_FALSE(unescape(text));
  CHECK(unescape(R"(ab\udc00)").error().offset == 2);
}

TEST_CASE("json string: what must be escaped is, and nothing else") {
  CHECK(quoted("a\"b\\c/d") == R"("a\"b\\c/d")");
  CHECK(quoted("\n\r\t\x01\x1F") == R"("\n\r\t\u0001\u001f")");
  CHECK(quoted(std::string_view("\0", 1)) == R"("\u0000")");
  CHECK(quoted("caf\xC3\xA9\x7F") == "\"caf\xC3\xA9\x7F\"");
}

TEST_CASE("json string: a byte that is not UTF-8 is spelled out") {
  CHECK(quoted("caf\xE9 \xC3\xA9") == "\"caf\\\\xe9 \xC3\xA9\"");
  CHECK(quoted("\xF0\x9F\x92") == R"("\\xf0\\x9f\\x92")");
  CHECK(quoted("\xFF\n") == R"("\\xff\n")");
}

TEST_CASE("json string: whatever the bytes, what is quoted is valid JSON") {
  std::mt19937 random(7);
  for (int i = 0; i < 5000; ++i) {
    std::string bytes(random() % 40, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    const std::string text = quoted(bytes);
    const auto value = check(text);
    REQUIRE(value);
    CHECK(value->raw == text);
  }
}

TEST_CASE("json string: valid text comes back from quoting unchanged") {
  const std::string text = "tab\t, quote \", \xF0\x9F\x92\xA9, back\\slash";
  const std::string there = quoted(text);
  CHECK(unescape(std::string_view(there).substr(1, there.size() - 2)) == text);
}

TEST_CASE("json string: text is cut between characters") {
  CHECK(cut("abc", 5) == "abc");
  CHECK(cut("abc", 2) == "ab");
  CHECK(cut("a\xC3\xA9", 2) == "a");
  CHECK(cut("a\xC3\xA9z", 3) == "a\xC3\xA9");
  CHECK(cut("\xF0\x9F\x92\xA9", 3).empty());
  CHECK(cut("\xF0\x9F\x92\xA9", 0).empty());
}

TEST_CASE("json string: the length of the UTF-8 sequence at the head") {
  CHECK(utf8_length("a") == 1);
  CHECK(utf8_length("\xC3\xA9z") == 2);
  CHECK(utf8_length("\xE2\x82\xACz") == 3);
  CHECK(utf8_length("\xF0\x9F\x92\xA9") == 4);
  CHECK(utf8_length("\xA9") == 0);
  CHECK(utf8_length("") == 0);
}

}  // namespace
}  // namespace penstock::job::json
