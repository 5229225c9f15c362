#include "daemon/config/yaml/syntax_error.hpp"

#include <yaml-cpp/exceptions.h>

#include <algorithm>
#include <array>

namespace penstock::config {
namespace {

namespace from = YAML::ErrorMsg;

struct Wording {
  std::string_view complaint;  // how yaml-cpp's message begins
  std::string_view words;
};

constexpr std::string_view kMisplaced =
    "does not fit what stands before it: check the indentation, the colon after a key, and the "
    "quotes";
constexpr std::string_view kAlias =
    "a value that starts with * is an alias of an anchor: quote it if text is meant";

const auto kWordings = std::to_array<Wording>({
    {from::END_OF_MAP_FLOW, "expected , or } here: a { … } is not closed"},
    {from::END_OF_SEQ_FLOW, "expected , or ] here: a [ … ] is not closed"},
    {from::END_OF_MAP, kMisplaced},
    {from::END_OF_SEQ, kMisplaced},
    {from::MAP_VALUE,
     "a colon is not expected here: check the indentation, and quote a value that holds a colon"},
    {from::MAP_KEY, "a ? is not expected here: quote it if text is meant"},
    {from::BLOCK_ENTRY,
     "a list item (- …) cannot start here: give it a line of its own below its key"},
    {from::FLOW_END, "a closing bracket that nothing opened: remove it, or quote the value"},
    {from::UNKNOWN_TOKEN, "a value cannot start with this character: put it in quotes"},
    {from::TAB_IN_INDENTATION, "a tab in the indentation: use spaces"},
    {from::UNKNOWN_ANCHOR, kAlias},
    {from::ALIAS_NOT_FOUND, kAlias},
    {from::CHAR_IN_ALIAS, kAlias},
    {from::ALIAS_CONTENT, kAlias},
    {from::ANCHOR_NOT_FOUND, "a value that starts with & is an anchor: quote it if text is meant"},
    {from::CHAR_IN_ANCHOR, "a value that starts with & is an anchor: quote it if text is meant"},
    {from::MULTIPLE_ANCHORS, "two anchors on one value: keep one"},
    {from::MULTIPLE_TAGS,
     "tags (!…) are not used here: remove them, or quote a text that starts with !"},
    {from::CHAR_IN_TAG_HANDLE, "tags (!…) are not used here: quote a text that starts with !"},
    {from::TAG_WITH_NO_SUFFIX, "tags (!…) are not used here: quote a text that starts with !"},
    {from::END_OF_VERBATIM_TAG, "tags (!…) are not used here: quote a text that starts with !"},
    {from::INVALID_ESCAPE, "no such escape in \"…\": write \\\\ for a backslash, or use '…'"},
    {from::INVALID_HEX, "not a hexadecimal digit after \\x, \\u or \\U"},
    {from::INVALID_UNICODE, "no such Unicode character"},
    {from::DOC_IN_SCALAR, "--- or ... inside a quoted value: is its quote closed?"},
    {from::EOF_IN_SCALAR, "the file ends inside a quoted value: close the quote"},
    {from::CHAR_IN_BLOCK,
     "nothing but a comment may follow | or > on its line: the text starts on the next"},
    {from::ZERO_INDENT_IN_BLOCK, "the digit after | or > is an indentation from 1 to 9"},
});

std::string_view words_for(std::string_view complaint) {
  const auto* known = std::ranges::find_if(
      kWordings, [&](const Wording& w) { return complaint.starts_with(w.complaint); });
  return known == kWordings.end() ? "is not YAML: check the indentation and the quotes"
                                  : known->words;
}

bool indented_by_tab(std::string_view line) {
  const std::size_t text = line.find_first_not_of(" \t");
  return line.substr(0, text).contains('\t');
}

}  // namespace

std::string syntax_error(std::string_view complaint, std::string_view line) {
  if (indented_by_tab(line)) return "a tab in the indentation: use spaces";
  std::string words(words_for(complaint));
  if (line.contains("{{") || line.contains("${")) {
    words += "; inside [ ] or { }, a value with {{…}} or ${…} must be in quotes";
  }
  return words;
}

}  // namespace penstock::config
