// One value while the schema reads it: the node, the path that messages call it by, and where
// complaints go.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/config/diagnostic.hpp"
#include "daemon/config/environment.hpp"
#include "daemon/config/secret.hpp"
#include "daemon/config/yaml/node.hpp"
#include "daemon/config/yaml/source.hpp"

namespace penstock::config {

/// What the reading of one file shares.
struct Reading {
  const Source& source;
  const Environment& environment;
  Diagnostics& diagnostics;
  Secrets secrets = Secrets::kRead;
};

class Scope {
 public:
  /// The root of a file.
  Scope(const Reading& reading, const Node& node) : Scope(reading, node, "", "", node.offset) {}

  const Node& node() const noexcept { return *node_; }
  /// The key that the value stands under.
  const std::string& name() const noexcept { return name_; }

  Scope entry(const Node::Entry& entry) const;
  Scope item(std::size_t index) const;

  /// Complains about the value.
  void error(std::string message) const;
  /// Complains about the key, where the value is not what is wrong.
  void key_error(std::string message) const { error_at(key_offset_, std::move(message)); }
  /// Complains about a byte of the file.
  void error_at(std::size_t offset, std::string message) const;
  /// Complains about a byte of the value that text() gave.
  void error_in(const Substituted& text, std::size_t offset, std::string message) const;

  /// The value as text, environment filled in; nothing, and a complaint, if it is empty, a list or
  /// a map. `expected` says what was wanted: "a duration such as 5s".
  std::optional<Substituted> text(std::string_view expected, Escape escape = nullptr) const;

  /// True for a scalar that is just `word`: how `never` and `auto` stand where a number would.
  /// Never complains.
  bool is(std::string_view word) const;

  /// Where the key stands; of an item, the item.
  std::size_t key_offset() const noexcept { return key_offset_; }
  Place place(std::size_t offset) const { return reading_->source.place(offset); }
  Secrets secrets() const noexcept { return reading_->secrets; }

 private:
  Scope(const Reading& reading, const Node& node, std::string name, std::string path,
        std::size_t key_offset)
      : reading_(&reading),
        node_(&node),
        name_(std::move(name)),
        path_(std::move(path)),
        key_offset_(key_offset) {}

  std::size_t file_offset(std::size_t in_node) const;

  const Reading* reading_;
  const Node* node_;
  std::string name_;
  std::string path_;
  std::size_t key_offset_;
};

}  // namespace penstock::config
