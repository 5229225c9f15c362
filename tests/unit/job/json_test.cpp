#include "penstock/job/json.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace penstock::job::json {
namespace {

bool valid(std::string_view text) {
  return check(text).has_value();
}

/// The offset of the first error; npos if there is none.
std::size_t wrong_at(std::string_view text) {
  const auto value = check(text);
  return value ? std::string::npos : value.error().offset;
}

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  text.reserve(part.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

std::string found(std::string_view text, std::string_view path) {
  const auto root = check(text);
  REQUIRE(root);
  const auto value = find(*root, path);
  return value ? std::string(value->raw) : "nothing";
}

TEST_CASE("json: each kind of value is told by its kind") {
  CHECK(check("{}")->kind == Kind::kObject);
  CHECK(check("[]")->kind == Kind::kArray);
  CHECK(check("\"\"")->kind == Kind::kString);
  CHECK(check("-0.5e+3")->kind == Kind::kNumber);
  CHECK(check("true")->kind == Kind::kBoolean);
  CHECK(check("false")->kind == Kind::kBoolean);
  CHECK(check("null")->kind == Kind::kNull);
}

TEST_CASE("json: a value is handed out without the white space around it") {
  CHECK(check(" \t\r\n[1, 2] \n")->raw == "[1, 2]");
}

TEST_CASE("json: numbers of any size pass, untouched") {
  const std::string digits(30, '7');
  CHECK(check(digits)->raw == digits);
  CHECK(valid("1e400"));
  CHECK(valid("-0"));
  CHECK(valid("0.000000000000000000000000000001E-999"));
}

TEST_CASE("json: what is not a number is refused") {
  for (const char* text :
       {"01", "+1", "1.", ".5", "-", "1e", "1e+", "0x10", "NaN", "Infinity", "-a"})
    CHECK_FALSE(valid(text));
}

TEST_CASE("json: what is not a word is refused") {
  for (const char* text : {"tru", "True", "nul", "nulll", "falsey", "undefined", "'a'", ""})
    CHECK_FALSE(valid(text));
}

TEST_CASE("json: broken structure is refused where it breaks") {
  CHECK(wrong_at("{\"a\":{\"b\":[1,2}}}") == 14);
  CHECK(wrong_at("[1,]") == 3);
  CHECK(wrong_at("[,1]") == 1);
  CHECK(wrong_at("[1 2]") == 3);
  CHECK(wrong_at("{\"a\" 1}") == 5);
  CHECK(wrong_at("{\"a\":1,}") == 7);
  CHECK(wrong_at("{a:1}") == 1);
  CHECK(wrong_at("{\"a\":}") == 5);
  CHECK(wrong_at("[1}") == 2);
  CHECK(wrong_at("[1") == 2);
  CHECK(wrong_at("  ") == 2);
}

TEST_CASE("json: something after the value is refused") {
  CHECK(wrong_at("{\"a\":1} x") == 8);
  CHECK(wrong_at("{\"a\":1}{\"b\":2}") == 7);
  CHECK(wrong_at("1 2") == 2);
  CHECK(wrong_at("[]]") == 2);
  CHECK(wrong_at(std::string_view("1\0", 2)) == 1);
}

TEST_CASE("json: strings may hold escapes of RFC 8259 only") {
  CHECK(valid(R"("\"\\\/\b\f\n\r\t\u00e9")"));
  CHECK(wrong_at(R"("ab\x41")") == 3);
  CHECK(wrong_at(R"("\u12G4")") == 1);
  CHECK(wrong_at(R"("\u12)") == 1);
  CHECK(wrong_at("\"\\") == 1);
}

TEST_CASE("json: a lone surrogate escape is grammar, and passes") {
  CHECK(valid(R"("\ud800")"));
  CHECK(valid(R"("\udc00\ud800 ")"));
}

TEST_CASE("json: control characters in strings are refused, wherever they stand") {
  for (std::size_t at = 0; at < 20; ++at) {
    std::string text = "\"" + std::string(20, 'x') + "\"";
    text[at + 1] = '\x1F';
    CHECK(wrong_at(text) == at + 1);
    text[at + 1] = '\0';
    CHECK(wrong_at(text) == at + 1);
    text[at + 1] = '\x7F';
    CHECK(valid(text));
  }
}

TEST_CASE("json: the end of a string is found at every distance") {
  for (std::size_t length = 0; length < 40; ++length) {
    const std::string text = "\"" + std::string(length, '~') + "\"";
    CHECK(valid(text));
    CHECK(wrong_at(text.substr(0, length + 1)) == length + 1);
    CHECK(wrong_at(text + "x") == length + 2);
  }
}

TEST_CASE("json: text that is not UTF-8 is refused at its first wrong byte") {
  CHECK(wrong_at("\"caf\xE9\"") == 4);
  CHECK(wrong_at("\"\xC0\xAF\"") == 1);            // overlong
  CHECK(wrong_at("\"\xED\xA0\x80\"") == 1);        // a surrogate
  CHECK(wrong_at("\"ok\xF4\x90\x80\x80\"") == 3);  // past U+10FFFF
  CHECK(wrong_at("\"\xF0\x9F\x92\"") == 1);        // cut short
  CHECK(valid("\"caf\xC3\xA9 \xF0\x9F\x92\xA9\""));
}

TEST_CASE("json: a byte order mark is not JSON") {
  CHECK(wrong_at("\xEF\xBB\xBF{}") == 0);
}

TEST_CASE("json: nesting is allowed down to the limit") {
  const auto nested = [](std::size_t depth) { return repeated("[", depth) + repeated("]", depth); };
  CHECK(valid(nested(kMaxDepth)));
  CHECK(wrong_at(nested(kMaxDepth + 1)) == kMaxDepth);
  CHECK(check(nested(3), 3));
  CHECK_FALSE(check(nested(4), 3));
  CHECK(valid(repeated("{\"a\":", kMaxDepth) + "1" + repeated("}", kMaxDepth)));
}

TEST_CASE("json: closing brackets must match through all depths") {
  CHECK(valid(repeated("[{\"a\":", 100) + "1" + repeated("}]", 100)));
  CHECK_FALSE(valid(repeated("[{\"a\":", 100) + "1" + repeated("]}", 100)));
}

TEST_CASE("json: 200,000 open brackets are refused, not recursed into") {
  CHECK(wrong_at(repeated("[", 200'000)) == kMaxDepth);
  CHECK(wrong_at(repeated("{\"a\":", 200'000)) == 5 * kMaxDepth);
}

TEST_CASE("json: 100 MB are walked in one pass") {
  std::string text = "[" + repeated("\"0123456789abcdef0123456789abcdef\",", 2'857'142) + "1]";
  CHECK(text.size() > 99'999'000);
  CHECK(valid(text));
  text.back() = '}';
  CHECK(wrong_at(text) == text.size() - 1);
}

TEST_CASE("json: members come in order, keys and values as they stand, doubles too") {
  const auto all = members(R"( { "b" : 1.50 , "a\u0062" : [ 1 ] , "b" : { } } )");
  REQUIRE(all);
  REQUIRE(all->size() == 3);
  CHECK((*all)[0].key == "b");
  CHECK((*all)[0].value.raw == "1.50");
  CHECK((*all)[1].key == "a\\u0062");
  CHECK((*all)[1].value.raw == "[ 1 ]");
  CHECK((*all)[2].value.kind == Kind::kObject);
}

TEST_CASE("json: members of what is not an object are an error") {
  CHECK(members("[]").error().what == "an object is wanted here");
  CHECK_FALSE(members("{\"a\":1"));
  CHECK_FALSE(members("{\"a\":1}}"));
  CHECK_FALSE(members("{\"a\":\"\xE9\"}"));
  CHECK(members("{}")->empty());
}

TEST_CASE("json: members count as one level of depth") {
  const std::string inside = repeated("[", kMaxDepth - 1) + repeated("]", kMaxDepth - 1);
  CHECK(members("{\"a\":" + inside + "}"));
  CHECK_FALSE(members("{\"a\":[" + inside + "]}"));
}

TEST_CASE("json: more members than wanted are an error") {
  CHECK(members(R"({"a":1,"b":2})", 2));
  CHECK_FALSE(members(R"({"a":1,"b":2,"c":3})", 2));
}

TEST_CASE("json: elements come in order") {
  const auto all = elements(R"( [ 1, "2", [3] ] )");
  REQUIRE(all);
  REQUIRE(all->size() == 3);
  CHECK((*all)[1].raw == "\"2\"");
  CHECK(elements("[]")->empty());
  CHECK_FALSE(elements("{}"));
  CHECK_FALSE(elements("[1,]"));
}

TEST_CASE("json: a path leads through objects and arrays") {
  const char* text = R"({"a":{"b":[10,{"c":"x"}]},"":1})";
  CHECK(found(text, "a.b.0") == "10");
  CHECK(found(text, "a.b.1.c") == "\"x\"");
  CHECK(found(text, "a.b") == R"([10,{"c":"x"}])");
  CHECK(found("[[1,2],[3,4]]", "1.0") == "3");
}

TEST_CASE("json: a path that leads nowhere finds nothing") {
  const char* text = R"({"a":{"b":[10]},"s":"text"})";
  for (const char* path : {"x", "a.x", "a.b.1", "a.b.c", "a.b.00", "a.b.-1", "a.b.0.0", "s.0", "A"})
    CHECK(found(text, path) == "nothing");
}

TEST_CASE("json: an index that does not fit finds nothing") {
  CHECK(found("[1]", "18446744073709551616") == "nothing");
}

TEST_CASE("json: of duplicate keys the last is found") {
  CHECK(found(R"({"a":1,"b":2,"a":3})", "a") == "3");
}

TEST_CASE("json: a key with escapes is found by what it means") {
  CHECK(found(R"({"\u0061\/b":1})", "a/b") == "1");
  CHECK(found(R"({"\ud800":1})", "\\ud800") == "nothing");
}

TEST_CASE("json: a number in an object's path is a key") {
  CHECK(found(R"({"0":5})", "0") == "5");
}

}  // namespace
}  // namespace penstock::job::json
