// One value while the schema reads it: the node, the path that messages call it by, and where complaints go.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/config/diagnostic.hpp"
#include "daemon/config/environment.hpp"
#include "daemon/config/yaml/node.hpp"
#include "daemon/config/yaml/source.hpp"

namespace penstock::config {

/// What the reading of one file shares.
struct Reading {
  const Source& source;
  const Environment& environment;
  Diagnostics& diagnostics;
};

class Scope {
 public:
  Scope(const Reading& reading, const Node& node, std::string path = "")
      : reading_(&reading), node_(&node), path_(std::move(path)) {}

  const Node& node() const noexcept { return *node_; }
  const std::string& path() const noexcept { return path_; }

  Scope entry(const Node::Entry& entry) const;
  Scope item(std::size_t index) const;

  /// Complains about the value.
  void error(std::string message) const;
  /// Complains about a byte of the file.
  void error_at(std::size_t offset, std::string message) const;
  /// Complains about a byte of the value that text() gave.
  void error_in(const Substituted& text, std::size_t offset, std::string message) const;

  /// The value as text, environment filled in; nothing, and a complaint, if it is empty, a list or a map.
  /// `expected` says what was wanted: "a duration such as 5s".
  std::optional<Substituted> text(std::string_view expected) const;

  Place place() const { return reading_->source.place(node_->offset); }

 private:
  std::size_t file_offset(std::size_t in_node) const;

  const Reading* reading_;
  const Node* node_;
  std::string path_;
};

}  // namespace penstock::config
