#include "penstock/log/line.hpp"

#include <catch2/catch.hpp>

#include "unit/log/rendering.hpp"

using namespace penstock::log;
using test::fields_of;
using test::make_line;

TEST_CASE("known tags come first, in their order, and the others as they were added", "[log]") {
  const Line line = make_line("", {{"b", 1},
                                   {"instance", "i"},
                                   {"type", "t"},
                                   {"a", 2},
                                   {"attempt", 3},
                                   {"job", "j"},
                                   {"queue", "q"}});
  CHECK(fields_of(line) == "queue=q job=j attempt=3 type=t instance=i b=1 a=2");
}

TEST_CASE("a key that comes again replaces its value in its place", "[log]") {
  CHECK(fields_of(make_line("", {{"a", 1}, {"b", 2}, {"a", 3}})) == "a=3 b=2");
  CHECK(fields_of(make_line("", {{"queue", "x"}, {"queue", "y"}})) == "queue=y");
}

TEST_CASE("a default gives way to what is there", "[log]") {
  Line line = make_line("", {{"instance", "mine"}});
  line.add_default("instance", "web1");
  line.add_default("zone", "b");
  CHECK(fields_of(line) == "instance=mine zone=b");
}

TEST_CASE("what every line has of its own cannot be replaced", "[log]") {
  const Line line = make_line("", {{"ts", 1}, {"level", 2}, {"msg", 3}});
  CHECK(fields_of(line) == "ts_=1 level_=2 msg_=3");
}

TEST_CASE("keys hold nothing but letters, digits and three marks", "[log]") {
  CHECK(fields_of(make_line("", {{"a b=\n\"", 1}})) == "a_b___=1");
  CHECK(fields_of(make_line("", {{"", 1}})) == "_=1");
  CHECK(fields_of(make_line("", {{"Trace-Id.v2", 1}})) == "Trace-Id.v2=1");
  CHECK(fields_of(make_line("", {{std::string(100, 'k'), 1}})) == std::string(48, 'k') + "=1");
}

TEST_CASE("keys that become equal are one key", "[log]") {
  CHECK(fields_of(make_line("", {{"a b", 1}, {"a_b", 2}, {"a\nb", 3}})) == "a_b=3");
}

TEST_CASE("fields beyond the limit are counted", "[log]") {
  Line line = make_line("", {{"queue", "q"}});
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < Line::kMaxOthers + 3; ++i) keys.push_back("k" + std::to_string(i));
  for (const std::string& key : keys) line.add(key, 1);
  CHECK(fields_of(line).ends_with("k39=1 fields_cut=3"));
}

TEST_CASE("text beyond the limit of a line is counted, and a smaller field still fits", "[log]") {
  Line line = make_line("");
  const std::string text(2048, 'x');
  for (const char* key : {"a", "b", "c", "d", "e", "f", "g", "h", "i"}) line.add(key, text);
  line.add("n", 1);
  CHECK(fields_of(line).find(" i=") == std::string::npos);
  CHECK(fields_of(line).ends_with(" n=1 fields_cut=1"));
}

TEST_CASE("a value that is replaced gives its room back", "[log]") {
  Line line = make_line("");
  const std::string text(2048, 'x');
  for (int i = 0; i < 100; ++i) line.add("a", text);
  line.add("a", "short");
  CHECK(fields_of(line) == "a=short");
}

TEST_CASE("invalid keys beyond the room for them are counted", "[log]") {
  Line line = make_line("");
  std::vector<std::string> keys;
  for (char c = 'a'; c <= 'z'; ++c) keys.push_back(std::string(47, c) + ' ');
  for (const std::string& key : keys) line.add(key, 1);
  CHECK(fields_of(line).ends_with("fields_cut=16"));
}
