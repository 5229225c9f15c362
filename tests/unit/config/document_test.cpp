// The tree that comes out of YAML.
#include "daemon/config/yaml/document.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "daemon/config/yaml/scalar_style.hpp"

namespace penstock::config {
namespace {

// Parses `text`, which must be good, and keeps what the nodes need.
struct Parsed {
  explicit Parsed(std::string text) : source("f", std::move(text)) {
    Diagnostics diagnostics("f");
    document = parse(source, diagnostics);
    for (const Diagnostic& diagnostic : diagnostics.take()) UNSCOPED_INFO(format(diagnostic));
    REQUIRE(document);
  }
  const Node& at(std::string_view key) const { return *document->root().find(key)->value; }

  Source source;
  std::optional<Document> document;
};

std::vector<Diagnostic> wrong(const std::string& text) {
  Diagnostics diagnostics("f");
  const Source source("f", text);
  parse(source, diagnostics);
  return diagnostics.take();
}

TEST_CASE("every scalar stays the text that was written") {
  const Parsed file("a: no\nb: 010\nc: 1e3\nd: 'yes'\ne: \"0x10\"\n");
  CHECK(file.at("a").text == "no");
  CHECK(file.at("b").text == "010");
  CHECK(file.at("c").text == "1e3");
  CHECK(file.at("d").text == "yes");
  CHECK(file.at("e").text == "0x10");
}

TEST_CASE("nothing, null and a tilde are nothing; quoted they are text") {
  const Parsed file("a:\nb: null\nc: ~\nd: 'null'\ne: ''\n");
  for (const auto* key : {"a", "b", "c"}) CHECK(file.at(key).kind == Node::Kind::kNull);
  for (const auto* key : {"d", "e"}) CHECK(file.at(key).kind == Node::Kind::kScalar);
}

TEST_CASE("a map keeps the order of the file") {
  const Parsed file("z: 1\na: 2\nm: 3\n");
  std::string keys;
  for (const Node::Entry& entry : file.document->root().entries) keys += entry.key;
  CHECK(keys == "zam");
}

TEST_CASE("an alias is the node it stands for") {
  const Parsed file("a: &x [1, 2]\nb: *x\n");
  CHECK(&file.at("a") == &file.at("b"));
}

TEST_CASE("a node stands past its anchor and comments") {
  const Parsed file("a: &x   # why\n  text\nb: &y {c: 1}\n");
  CHECK(file.source.place(file.at("a").offset) == Place{2, 3});
  CHECK(file.source.place(file.at("b").offset) == Place{3, 7});
}

TEST_CASE("nothing stands where its key does; an item without text, at its dash") {
  const Parsed file("a:\n\nb:\n  - x\n  -\n\nc: 1\n");
  CHECK(file.source.place(file.at("a").offset) == Place{1, 1});
  CHECK(file.source.place(file.at("b").items.at(1)->offset) == Place{5, 3});
}

TEST_CASE("a text of several lines is written as a block") {
  const Parsed file("a: |\n  one\n  two\nb: >-\n  one\n  two\n");
  CHECK(file.at("a").text == "one\ntwo\n");
  CHECK(file.at("b").text == "one two");
}

TEST_CASE("spaces behind the last line end are no part of a text") {
  CHECK(Parsed("a: >-\n  one\n  two\n  ").at("a").text == "one two");
  CHECK(Parsed("a: |\n  one\n  two  ").at("a").text == "one\ntwo  ");
}

TEST_CASE("escapes and doubled quotes are read, and their place in the file is given up") {
  const Parsed file("a: \"t\\tt\"\nb: 'it''s'\nc: 'plain'\n");
  CHECK(file.at("a").text == "t\tt");
  CHECK(file.at("b").text == "it's");
  CHECK_FALSE(file.at("a").verbatim_at);
  CHECK(file.at("c").verbatim_at == file.at("c").offset + 1);
}

TEST_CASE("a list or map may go over several lines in brackets") {
  const Parsed file("a: [1,\n  2,\n  3]\nb: {c: 1,\n    d: 2}\n");
  CHECK(file.at("a").items.size() == 3);
  CHECK(file.at("b").entries.size() == 2);
}

TEST_CASE("aliases up to the limit are followed, and counted as often as they stand") {
  const Parsed file("a: &a [x, x]\nb: [*a, *a, *a]\n");
  CHECK(file.at("b").weight == 10);
}

TEST_CASE("an anchor may be set again, and the last one counts") {
  const Parsed file("a: &x 1\nb: &x 2\nc: *x\n");
  CHECK(file.at("c").text == "2");
}

TEST_CASE("hostile files of a megabyte are refused") {
  const std::size_t most = kLargestFile;
  const auto repeated = [&](std::string_view unit) {
    std::string text;
    while (text.size() + unit.size() <= most) text += unit;
    return text;
  };
  const auto* unit =
      GENERATE("[", "{", "{a: ", "[{", "- ", "? ", "? - ", "-\n", "&a ", "*a ", "!a ",
               "a: ", "\"a\": ", "'\n", "[]", "[],", "{}:", "---\n", "a\n---\n", "|\n", ">", ",",
               "a: [", "- &a x\n- *a\n", "a: 1\n", "a:\n b\n", "\"\\", "? a\n");
  INFO(unit);
  CHECK_FALSE(wrong(repeated(unit)).empty());
}

TEST_CASE("a bomb of aliases is refused before it unfolds") {
  std::string text = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'z'; ++c) {
    const std::string before(1, static_cast<char>(c - 1));
    text += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 9; ++i) text += "*" + before + ",";
    text += "]\n";
  }
  CHECK(wrong(text).at(0).message.contains("the aliases stand for more than 100000 values"));
}

TEST_CASE("more values than any configuration has are refused") {
  std::string text = "a: [";
  for (int i = 0; i < 150'000; ++i) text += "x,";
  CHECK(wrong(text + "]").at(0).message.contains("more than 100000 values in one file"));
}

TEST_CASE("content begins past anchors, tags, space and comments") {
  CHECK(content_at("x", 0).offset == 0);
  CHECK(content_at("&a x", 0).offset == 3);
  CHECK(content_at("&a # c\n  x", 0).offset == 9);
  CHECK(content_at("!t &a x", 0).offset == 6);
  CHECK(content_at("!t x", 0).tagged);
  CHECK(content_at("!<tag:x> x", 0).tagged);
  CHECK_FALSE(content_at("&a x", 0).tagged);
  CHECK(content_at("&a", 0).offset == 2);
}

TEST_CASE("what follows a key is found past quote, space and comment") {
  CHECK(follows_key("a: 1", 1) == ':');
  CHECK(follows_key("'a' : 1", 2) == ':');
  CHECK(follows_key("a # c\n: 1", 1) == ':');
  CHECK(follows_key("a, b: 1", 1) == ',');
  CHECK(follows_key("a  ", 1) == '\0');
}

TEST_CASE("a quote must close on its own line") {
  CHECK(scalar_style("\"ab\" c", 0, "ab").one_line);
  CHECK(scalar_style("'it''s'", 0, "it's").one_line);
  CHECK(scalar_style("\"a\\\"b\"", 0, "a\"b").one_line);
  CHECK_FALSE(scalar_style("\"ab\ncd\"", 0, "ab cd").one_line);
  CHECK_FALSE(scalar_style("'ab''\ncd'", 0, "ab' cd").one_line);
  CHECK_FALSE(scalar_style("\"ab\\\ncd\"", 0, "abcd").one_line);
  CHECK_FALSE(scalar_style("\"ab", 0, "ab").one_line);
}

}  // namespace
}  // namespace penstock::config
