#include <catch2/catch.hpp>

#include "penstock/log/escape.hpp"

using namespace penstock::log;

namespace {

std::string plain(std::string_view text) {
  std::string out;
  escape_plain(out, text);
  return out;
}

std::string json(std::string_view text) {
  std::string out;
  escape_json(out, text);
  return out;
}

}  // namespace

TEST_CASE("text without anything special passes through", "[log]") {
  CHECK(plain("") == "");
  CHECK(plain("Straße 日本 🚀 ~!") == "Straße 日本 🚀 ~!");
}

TEST_CASE("control characters are escaped", "[log]") {
  CHECK(plain("a\nb\rc\td") == R"(a\nb\rc\td)");
  CHECK(plain("\x1b[31m\x7f") == R"(\x1b[31m\x7f)");
  CHECK(plain(std::string_view("\0", 1)) == R"(\x00)");
  CHECK(json(std::string_view("\0\n\x1b\x7f", 4)) == R"(\u0000\n\u001b\u007f)");
}

TEST_CASE("C1 controls, line separators and direction marks are escaped", "[log]") {
  CHECK(plain("\u0085\u009b31m") == R"(\u0085\u009b31m)");
  CHECK(plain("a\u2028b\u2029c") == R"(a\u2028b\u2029c)");
  CHECK(plain("\u202e\u2066\u200f\u061c") == R"(\u202e\u2066\u200f\u061c)");
  CHECK(json("\u0085\u2028\u202e") == R"(\u0085\u2028\u202e)");
}

TEST_CASE("the neighbours of what misleads pass through", "[log]") {
  CHECK(plain("\u00a0\u2027\u202f\u2065\u206a\u200d") == "\u00a0\u2027\u202f\u2065\u206a\u200d");
}

TEST_CASE("bytes that are not UTF-8 are escaped one by one", "[log]") {
  CHECK(plain("a\xff") == R"(a\xff)");
  CHECK(plain("\xc3") == R"(\xc3)");                          // cut short
  CHECK(plain("\xc3(") == R"(\xc3()");                        // continued wrongly
  CHECK(plain("\xc0\x8a") == R"(\xc0\x8a)");                  // overlong newline
  CHECK(plain("\xe0\x80\x8a") == R"(\xe0\x80\x8a)");          // longer still
  CHECK(plain("\xed\xa0\x80") == R"(\xed\xa0\x80)");          // surrogate
  CHECK(plain("\xf4\x90\x80\x80") == R"(\xf4\x90\x80\x80)");  // beyond Unicode
  CHECK(plain("\xf0\x8f\xbf\xbf") == R"(\xf0\x8f\xbf\xbf)");
  CHECK(json("\xff") == R"(\\xff)");
}

TEST_CASE("quotes and backslashes are escaped where there are quotes around", "[log]") {
  std::string quoted;
  escape_quoted(quoted, R"(say "hi" \n)");
  CHECK(quoted == R"(say \"hi\" \\n)");
  CHECK(json(R"("\)") == R"(\"\\)");
  CHECK(plain(R"("\)") == R"("\)");
}

TEST_CASE("a text is cut at the boundary of a character", "[log]") {
  CHECK(cut_to("abc", 3).missing == 0);
  CHECK(cut_to("abcd", 3).kept == "abc");
  CHECK(cut_to("ab\u2027", 3).kept == "ab");
  CHECK(cut_to("ab\u2027", 4).kept == "ab");
  CHECK(cut_to("ab\u2027", 4).missing == 3);
}

TEST_CASE("bytes that only look like characters do not move the cut far", "[log]") {
  const std::string continuations(100, '\x80');
  CHECK(cut_to(continuations, 50).kept.size() == 47);
}
