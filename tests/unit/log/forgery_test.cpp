// No bytes, wherever they are put, make a second line, hide one, or reach a terminal as a command.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "penstock/log/escape.hpp"
#include "unit/log/fake_journal.hpp"
#include "unit/log/rendering.hpp"

using namespace penstock::log;
using test::rendered;

namespace {

const std::vector<std::string> kHostile = {
    "x\nts=2025-11-25T17:12:03Z level=error msg=forged",
    "x\r\nforged",
    "x\",\"level\":\"error\",\"msg\":\"forged",
    "\"} \n{\"ts\":\"\"}",
    "\x1b[2K\x1b[1A\x1b]0;title\x07",
    "\x9b"
    "31m",
    "\u009b31m",
    "a\u0085b",
    "a\u2028b\u2029c",
    "\u202egnp.exe",
    "\b\b\b\b\x7f\v\f",
    std::string("nul\0nul", 7),
    "\xc0\x8a\xe0\x80\x8a\xf0\x80\x80\x8a",
    "\xed\xa0\xbd\xed\xb8\x80",
    "\xff\xfe\xfd",
    "\xf0\x9f\x92",
    "level=error msg=\"forged\"",
    "\\n \\\" \\",
    std::string(2047, 'x') + "\u2028",
    std::string(2046, '\\') + "\n\n\n",
};

std::vector<std::string> corpus() {
  std::vector<std::string> texts = kHostile;
  std::mt19937 random(97);
  for (int i = 0; i < 300; ++i) {
    std::string text(random() % 60, '\0');
    for (char& c : text) c = static_cast<char>(random() & 0xff);
    texts.push_back(text);
  }
  return texts;
}

Line hostile_line(const std::string& text) {
  return test::make_line(text, {{"queue", text}, {"value", text}, {text, text}});
}

bool harmless(char32_t code) {
  return code >= 0x20 && (code < 0x7f || code > 0x9f) && code != 0x2028 && code != 0x2029 &&
         !(code >= 0x202a && code <= 0x202e);
}

// Throws where the text is not UTF-8.
std::u32string decoded(const std::string& text) {
  const std::string checked = nlohmann::json(text).dump();
  std::u32string codes;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t code = bytes == 1 ? lead : lead & (0x7fU >> bytes);
    for (std::size_t k = 1; k < bytes; ++k) {
      code = (code << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3fU);
    }
    codes += code;
    i += bytes;
  }
  return codes;
}

void check_one_clean_line(const std::string& line) {
  REQUIRE(line.ends_with('\n'));
  for (const char32_t code : decoded(line.substr(0, line.size() - 1))) REQUIRE(harmless(code));
}

}  // namespace

TEST_CASE("in every text format hostile bytes stay within one clean line", "[log]") {
  for (const std::string& text : corpus()) {
    CAPTURE(text);
    for (const Format format : {Format::kConsole, Format::kLogfmt, Format::kJson}) {
      check_one_clean_line(rendered(format, hostile_line(text)));
    }
  }
}

TEST_CASE("in json hostile bytes stay within their value, each key once", "[log]") {
  for (const std::string& text : corpus()) {
    CAPTURE(text);
    const std::string line = rendered(Format::kJson, hostile_line(text));
    std::set<std::string> keys;
    const auto each_once = [&keys](int, nlohmann::json::parse_event_t event,
                                   nlohmann::json& parsed) {
      if (event != nlohmann::json::parse_event_t::key) return true;
      return keys.insert(parsed.get<std::string>()).second;
    };
    const auto parsed = nlohmann::json::parse(line, each_once);
    CHECK(parsed["level"] == "info");
    CHECK(parsed.size() == 6);
    CHECK(keys.size() == 6);
  }
}

TEST_CASE("json gives valid text back as it was", "[log]") {
  for (const std::string text : {"x\n\"y\"\\", "\x1b[0m\x7f", "a\u2028\u009b\u202e", "日本 🚀"}) {
    CHECK(nlohmann::json::parse(rendered(Format::kJson, text))["msg"] == text);
  }
}

TEST_CASE("in logfmt no value ends before its quote", "[log]") {
  const std::string line = rendered(Format::kLogfmt, R"(a" level=error b=\" c\)");
  CHECK(line.ends_with(R"( level=info msg="a\" level=error b=\\\" c\\")"
                       "\n"));
}

TEST_CASE("in the journal's format values keep their bytes and begin no field", "[log]") {
  for (const std::string& text : corpus()) {
    CAPTURE(text);
    if (text.size() > kMaxValueBytes) continue;
    const std::string datagram =
        rendered(Format::kJournald, test::make_line(text, {{"queue", text}, {"value", text}}));
    const auto fields = test::FakeJournal::parse(datagram);
    REQUIRE(fields.size() == 5);
    CHECK(fields.at("MESSAGE") == text);
    CHECK(fields.at("PENSTOCK_QUEUE") == text);
    CHECK(fields.at("PENSTOCK_VALUE") == text);
    CHECK(fields.at("PRIORITY") == "6");
  }
}

TEST_CASE("a journal line that falls back to text is one clean line too", "[log]") {
  for (const std::string& text : corpus()) {
    CAPTURE(text);
    std::string line;
    append_prefixed_text(line, rendered(Format::kJournald, hostile_line(text)));
    check_one_clean_line(line);
    CHECK(line.starts_with("<6>"));
  }
}
