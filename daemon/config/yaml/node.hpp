// One value of the file as it was written: every scalar stays text until the schema asks for a
// type, so no `no` turns into false and no `010` into eight.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::config {

struct Node {
  enum class Kind { kNull, kScalar, kList, kMap };

  struct Entry {
    std::string key;
    std::size_t key_offset = 0;
    const Node* value = nullptr;
  };

  Kind kind = Kind::kNull;
  /// Of the first byte in the file, past an anchor; of the key where nothing is written.
  std::size_t offset = 0;
  bool refused = false;  ///< complained about already: whoever reads it says nothing more
  std::string text;      ///< of a scalar
  /// Where `text` stands in the file byte for byte; absent if escapes or folding made it something
  /// else.
  std::optional<std::size_t> verbatim_at;
  std::vector<const Node*> items;  ///< of a list; an alias is the node it stands for
  std::vector<Entry> entries;      ///< of a map, in the file's order
  std::size_t weight = 1;          ///< how many nodes a walk visits from here, aliases followed

  /// The entry of a map, nullptr if it has none.
  const Entry* find(std::string_view key) const {
    const auto found = std::ranges::find(entries, key, &Entry::key);
    return found == entries.end() ? nullptr : &*found;
  }
};

/// "a list": for messages.
constexpr std::string_view kind_name(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kScalar:
      return "a text";
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kMap:
      return "a map of keys";
  }
  return "";
}

}  // namespace penstock::config
