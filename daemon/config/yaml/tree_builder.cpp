#include "daemon/config/yaml/tree_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "daemon/config/yaml/scalar_style.hpp"
#include "daemon/config/yaml/utf8.hpp"

namespace penstock::config {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kTag =
    "tags (!…) are not used here: remove it, or quote a text that starts with !";

constexpr std::string_view kOpenQuote =
    "the quote that opens here is not closed on its line: close it, or write a text of several "
    "lines with |";
constexpr std::string_view kRunsOn =
    "the next line is read as part of this value: check its indentation, or write a text of "
    "several lines with |";

std::size_t offset_of(const YAML::Mark& mark) {
  return mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos);
}

// "?" is yaml-cpp's word for a list or map without a tag.
bool is_tagged(const std::string& tag) {
  return !tag.empty() && tag != "?";
}

}  // namespace

Document TreeBuilder::take() {
  if (document_.root_ == nullptr) document_.root_ = &create(Node::Kind::kNull, 0, YAML::NullAnchor);
  return std::move(document_);
}

std::optional<std::size_t> TreeBuilder::innermost() const {
  if (open_.empty()) return std::nullopt;
  return open_.back().node->offset;
}

std::string TreeBuilder::path() const {
  std::string path;
  for (const Open& open : open_) {
    if (open.node->kind == Node::Kind::kList) path += fmt::format("[{}]", open.node->items.size());
    if (open.key && !open.key->key.empty()) path += (path.empty() ? "" : ".") + open.key->key;
  }
  return path;
}

void TreeBuilder::tell(std::size_t offset, std::string message) {
  diagnostics_.add(source_, offset, path(), std::move(message));
}

void TreeBuilder::stop(std::size_t offset, std::string message) {
  tell(offset, std::move(message));
  throw Stop{};
}

void TreeBuilder::OnDocumentStart(const YAML::Mark& mark) {
  if (document_.root_ == nullptr) return;
  const std::size_t offset = offset_of(mark);
  if (source_.text().substr(offset).starts_with("---")) {
    stop(offset, "a second document begins here: a configuration is one document; remove the line");
  }
  stop(offset,
       "from here on the file is not part of what stands before: check indentation, quotes and "
       "brackets above");
}

void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const std::size_t offset = offset_of_null(offset_of(mark));
  Node& node = create(Node::Kind::kNull, offset, anchor);
  if (lacks_colon()) {
    const bool holds_one = open_.back().key->key.contains(':');
    refuse(node, holds_one ? "a key without a value: write a space after the colon"
                           : "a key without a colon: write KEY: VALUE");
  }
  put(node, offset);
}

// Whether the value that comes now is none because its key stands alone. Two such keys are mistakes
// of another kind, and told as that: a map taken for a key is a template without quotes, {{name}};
// and brackets that the end of the file leaves open have something like a key before it.
bool TreeBuilder::lacks_colon() const {
  if (open_.empty() || !open_.back().key || !open_.back().key_end) return false;
  const bool in_key = open_.size() > 1 && is_map_awaiting_key(open_[open_.size() - 2]);
  const char next = follows_key(source_.text(), *open_.back().key_end);
  return next != ':' && !in_key && !(open_.back().in_brackets && next == '\0');
}

// The mark of a value that is not written at all is that of the next thing in the file, or none.
std::size_t TreeBuilder::offset_of_null(std::size_t offset) const {
  if (open_.empty()) return 0;
  if (open_.back().key) return open_.back().key->key_offset;
  const std::string_view text = source_.text();
  for (const std::string_view word : {"~", "null", "Null", "NULL"}) {
    const std::string_view rest = text.substr(std::min(offset, text.size()));
    if (rest.starts_with(word) && !rest.substr(word.size()).starts_with(':')) return offset;
  }
  const std::size_t before = text.substr(0, offset).find_last_not_of(" \t\r\n");
  return before == text.npos ? offset : before;
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const std::size_t offset = offset_of(mark);
  const Node* node = anchored_.at(anchor);
  if (unfinished_.contains(node)) {
    stop(offset, "an alias inside the value of its own anchor: a cycle; write the value out");
  }
  if (!open_.empty() && is_map_awaiting_key(open_.back()))
    tell(offset, "an alias cannot be a key: write the key out");
  put(*node, offset);
}

void TreeBuilder::OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                           const std::string& value) {
  const Content content = content_at(source_.text(), offset_of(mark));
  const std::size_t offset = content.tagged ? offset_of(mark) : content.offset;
  Node& node = create(Node::Kind::kScalar, offset, anchor);
  node.text = value;
  check_scalar(node, content.tagged);
  put(node, offset);
}

void TreeBuilder::check_scalar(Node& node, bool tagged) {
  const ScalarStyle style = scalar_style(source_.text(), node.offset, node.text);
  const bool is_quoted = R"("')"sv.contains(source_.text().substr(node.offset, 1));
  node.verbatim_at = style.verbatim_at;
  if (tagged) {
    refuse(node, kTag);
  } else if (!style.one_line) {
    refuse(node, is_quoted ? kOpenQuote : kRunsOn);
  } else if (node.text.contains('\0')) {
    refuse(node, "a NUL byte in a value: remove the escape");
  } else if (valid_utf8_prefix(node.text) < node.text.size()) {
    refuse(node, "an escape that gives invalid UTF-8: write the character itself or \\uXXXX");
  }
}

void TreeBuilder::refuse(Node& node, std::string_view why) {
  node.refused = true;
  tell(node.offset, std::string(why));
}

// yaml-cpp takes the colon of `&name: value` for a part of the name.
void TreeBuilder::OnAnchor(const YAML::Mark& mark, const std::string& name) {
  const auto good = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           "-_"sv.contains(c);
  };
  if (std::ranges::all_of(name, good)) return;
  tell(offset_of(mark), "an anchor's name is letters, digits, - and _: put a space behind it");
}

void TreeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                                  YAML::anchor_t anchor, YAML::EmitterStyle::value) {
  open(Node::Kind::kList, mark, tag, anchor);
}

void TreeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value style) {
  open(Node::Kind::kMap, mark, tag, anchor);
  open_.back().in_brackets = style == YAML::EmitterStyle::Flow;
}

Node& TreeBuilder::create(Node::Kind kind, std::size_t offset, YAML::anchor_t anchor) {
  if (document_.nodes_.size() == kMostNodes) {
    stop(offset,
         fmt::format("more than {} values in one file: is this a configuration?", kMostNodes));
  }
  Node& node = document_.nodes_.emplace_back();
  node.kind = kind;
  node.offset = offset;
  if (anchor != YAML::NullAnchor) anchored_[anchor] = &node;
  return node;
}

void TreeBuilder::open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor) {
  std::size_t offset = offset_of(mark);
  if (is_tagged(tag)) tell(offset, std::string(kTag));
  if (anchor != YAML::NullAnchor) offset = content_at(source_.text(), offset).offset;
  if (open_.size() == kDeepest) {
    stop(offset, fmt::format("nested more than {} levels deep: close the brackets", kDeepest));
  }
  Node& node = create(kind, offset, anchor);
  if (anchor != YAML::NullAnchor) unfinished_.insert(&node);
  open_.emplace_back().node = &node;
}

void TreeBuilder::close() {
  const Node& node = *open_.back().node;
  open_.pop_back();
  unfinished_.erase(&node);
  put(node, node.offset);
}

void TreeBuilder::put(const Node& node, std::size_t offset) {
  if (open_.empty()) {
    document_.root_ = &node;
    return;
  }
  Open& parent = open_.back();
  parent.node->weight += node.weight;
  if (parent.node->weight > kMostNodes) {
    stop(offset,
         fmt::format("the aliases stand for more than {} values: write them out", kMostNodes));
  }
  if (parent.node->kind == Node::Kind::kList) {
    parent.node->items.push_back(&node);
  } else if (!parent.key) {
    put_key(parent, node, offset);
  } else {
    parent.key->value = &node;
    if (parent.key_is_good) parent.node->entries.push_back(std::move(*parent.key));
    parent.key.reset();
  }
}

bool TreeBuilder::is_map_awaiting_key(const Open& open) {
  return open.node->kind == Node::Kind::kMap && !open.key;
}

void TreeBuilder::put_key(Open& map, const Node& node, std::size_t offset) {
  map.key = Node::Entry{.key = node.text, .key_offset = offset, .value = nullptr};
  map.key_end = node.verbatim_at;
  if (map.key_end) *map.key_end += node.text.size();
  map.key_is_good = good_key(map, node, offset);
}

bool TreeBuilder::good_key(Open& map, const Node& node, std::size_t offset) {
  if (node.kind == Node::Kind::kNull) {
    tell(offset, "a value without a key: write KEY: before it");
    return false;
  }
  if (node.kind != Node::Kind::kScalar) {
    map.node->refused = true;
    tell(offset, "a key is text, not a list or map: a value with {{…}} or ${…} must be in quotes");
    return false;
  }
  if (node.text == "<<" && node.verbatim_at == node.offset) {
    tell(offset, "merge keys (<<) are not applied: what all queues share goes under defaults:");
    return false;
  }
  const auto [first, is_new] = map.seen.emplace(node.text, offset);
  if (is_new) return true;
  const Place place = source_.place(first->second);
  tell(offset, fmt::format("{} is set twice, first in line {}, column {}: remove one",
                           shown(node.text), place.line, place.column));
  return false;
}

}  // namespace penstock::config
