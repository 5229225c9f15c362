// Builds the node tree out of yaml-cpp's events, and refuses on the way what the tree must not
// hold.
#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "daemon/config/yaml/document.hpp"

namespace penstock::config {

class TreeBuilder final : public YAML::EventHandler {
 public:
  /// Thrown through the parser when going on would be of no use; the reason is told already.
  struct Stop {};

  TreeBuilder(const Source& source, Diagnostics& diagnostics)
      : source_(source), diagnostics_(diagnostics) {}

  /// After the last event. A file without any value gives an empty root.
  Document take();

  /// Where the innermost list or map that is not closed begins.
  std::optional<std::size_t> innermost() const;

 private:
  /// A list or map whose end has not come.
  struct Open {
    Node* node = nullptr;
    bool in_brackets = false;
    std::optional<Node::Entry> key;  // of a map: read, and its value not yet
    bool key_is_good = true;
    std::optional<std::size_t> key_end;  // where the file has the key as it is
    std::unordered_map<std::string, std::size_t> seen;
  };

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override { close(); }
  void OnAnchor(const YAML::Mark& mark, const std::string& name) override;

  Node& create(Node::Kind kind, std::size_t offset, YAML::anchor_t anchor);
  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor);
  void close();

  /// Puts a finished node, or one that an alias stands for, where the file has it: at `offset`.
  void put(const Node& node, std::size_t offset);
  void put_key(Open& map, const Node& node, std::size_t offset);
  static bool is_map_awaiting_key(const Open& open);
  bool lacks_colon() const;
  bool good_key(Open& map, const Node& node, std::size_t offset);

  void check_scalar(Node& node, bool tagged);
  void refuse(Node& node, std::string_view why);
  std::size_t offset_of_null(std::size_t offset) const;
  std::string path() const;
  void tell(std::size_t offset, std::string message);
  [[noreturn]] void stop(std::size_t offset, std::string message);

  const Source& source_;
  Diagnostics& diagnostics_;
  Document document_;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, const Node*> anchored_;
  std::unordered_set<const Node*> unfinished_;  // anchored, and their end has not come
};

}  // namespace penstock::config
