// Reads YAML into a tree of nodes, on yaml-cpp's scanner but with none of its trust.
//
// yaml-cpp alone accepts a quote that is never closed, drops the rest of a file that it cannot
// place, keeps both of two equal keys, follows aliases into cycles and copies them without bound.
// Here each is an error at its place. On top, a value that is not a block (`|`, `>`) must end on
// its line: whatever swallows the lines after it is a mistake.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "daemon/config/diagnostic.hpp"
#include "daemon/config/yaml/node.hpp"
#include "daemon/config/yaml/source.hpp"

namespace penstock::config {

/// The deepest key of the schema stands at nine; this leaves room and keeps any recursion short.
inline constexpr int kDeepest = 32;
/// Aliases counted as often as they are used: what makes an alias bomb one.
inline constexpr std::size_t kMostNodes = 100'000;

/// The tree of one file; nodes refer to each other, so it moves but is not copied.
class Document {
 public:
  Document() = default;
  Document(Document&&) = default;
  Document& operator=(Document&&) = default;

  const Node& root() const noexcept { return *root_; }

 private:
  friend class TreeBuilder;
  std::deque<Node> nodes_;
  const Node* root_ = nullptr;
};

/// The one document of `source`, whose text passed check_text().
/// Errors: those after which the tree would be incomplete end the reading and give nullopt;
/// duplicate keys, tags, merge keys and the like are told and read on, so that the schema can tell
/// the rest.
std::optional<Document> parse(const Source& source, Diagnostics& diagnostics);

}  // namespace penstock::config
