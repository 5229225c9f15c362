// The JSON scanner: slices lie in the text and are JSON again; any bytes survive being quoted.
#include "fuzz.hpp"
#include "penstock/job/json.hpp"
#include "penstock/job/json_string.hpp"

using namespace penstock::job;
using penstock::fuzz::expect;

namespace {

/// Whether `part` is a slice of `text`.
bool within(std::string_view part, std::string_view text) {
  return part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size();
}

void walk(std::string_view text, const json::Value& root) {
  if (const auto members = json::members(root.raw)) {
    for (const json::Member& member : *members) {
      expect(within(member.key, text) && within(member.value.raw, text));
      expect(json::check(member.value.raw).has_value());
      if (const auto key = json::unescape(member.key)) expect(json::key_is(member.key, *key));
    }
  }
  if (const auto elements = json::elements(root.raw))
    for (const json::Value& element : *elements) expect(json::check(element.raw).has_value());
}

void quote_and_back(std::string_view bytes) {
  std::string quoted;
  json::append_quoted(quoted, bytes);
  const auto value = json::check(quoted);
  expect(value && value->kind == json::Kind::kString);
  const auto meant = json::unescape(quoted.substr(1, quoted.size() - 2));
  expect(meant && (!json::is_utf8(bytes) || *meant == bytes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = penstock::fuzz::text_of(data, size);
  quote_and_back(text);
  const auto value = json::check(text);
  if (!value) {
    expect(value.error().offset <= text.size() && !value.error().what.empty());
    return 0;
  }
  expect(within(value->raw, text));
  expect(json::is_utf8(text));
  walk(text, *value);
  return 0;
}
