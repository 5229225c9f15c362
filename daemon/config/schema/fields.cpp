#include "daemon/config/schema/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "daemon/config/nearest.hpp"

namespace penstock::config {
namespace {

std::vector<std::string_view> keys_of(std::initializer_list<Field> fields) {
  std::vector<std::string_view> keys;
  for (const Field& field : fields) {
    if (field.offered) keys.push_back(field.key);
  }
  return keys;
}

void unknown_key(const Scope& at, const Node::Entry& entry,
                 const std::vector<std::string_view>& known) {
  const bool is_half = entry.value->kind == Node::Kind::kNull && entry.value->refused;
  if (is_half) return;  // no wonder that it is unknown
  const std::string_view meant = nearest(entry.key, known);
  const std::string hint = meant.empty() ? "" : fmt::format(": did you mean {}?", meant);
  at.entry(entry).key_error(fmt::format("unknown key{} (known here: {})", hint, joined(known)));
}

bool expect(const Scope& at, Node::Kind kind, std::string_view expected) {
  if (at.node().kind == kind) return true;
  if (at.node().refused) return false;
  at.error(fmt::format("expected {}, found {}", expected, kind_name(at.node().kind)));
  return false;
}

}  // namespace

void read_map(const Scope& at, std::initializer_list<Field> fields) {
  if (at.node().kind == Node::Kind::kNull) return;
  const std::vector<std::string_view> known = keys_of(fields);
  if (!expect(at, Node::Kind::kMap, fmt::format("a map of keys ({})", joined(known)))) return;
  for (const Node::Entry& entry : at.node().entries) {
    const auto* field = std::ranges::find(fields, entry.key, &Field::key);
    if (field == fields.end()) {
      unknown_key(at, entry, known);
    } else {
      field->read(at.entry(entry));
    }
  }
}

void for_each_entry(const Scope& at, const Reader& read) {
  if (at.node().kind == Node::Kind::kNull) return;
  if (!expect(at, Node::Kind::kMap, "a map of keys")) return;
  for (const Node::Entry& entry : at.node().entries) read(at.entry(entry));
}

void for_each_item(const Scope& at, std::string_view expected, const Reader& read) {
  if (!expect(at, Node::Kind::kList, expected)) return;
  for (std::size_t i = 0; i < at.node().items.size(); ++i) read(at.item(i));
}

Field not_in_this_version(std::string_view key) {
  return {key, [](const Scope& at) { at.key_error("is not in this version: remove it"); }, false};
}

Field misplaced(std::string_view key, std::string_view place) {
  const auto complain = [place](const Scope& at) {
    at.key_error(fmt::format("stands one level too high: it goes under {}", place));
  };
  return {key, complain, false};
}

Reader share(double& into) {
  return [&into](const Scope& at) {
    if (const auto value = as_share(at)) into = *value;
  };
}

Reader string(std::string& into) {
  return [&into](const Scope& at) {
    if (auto value = as_string(at)) into = std::move(*value);
  };
}

}  // namespace penstock::config
