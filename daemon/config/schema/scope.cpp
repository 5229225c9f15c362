#include "daemon/config/schema/scope.hpp"

#include <format>

namespace penstock::config {

Scope Scope::entry(const Node::Entry& entry) const {
  return {*reading_, *entry.value, path_.empty() ? entry.key : path_ + "." + entry.key};
}

Scope Scope::item(std::size_t index) const {
  return {*reading_, *node_->items[index], std::format("{}[{}]", path_, index)};
}

void Scope::error(std::string message) const { error_at(node_->offset, std::move(message)); }

void Scope::error_at(std::size_t offset, std::string message) const {
  reading_->diagnostics.add(reading_->source.place(offset), path_, std::move(message));
}

void Scope::error_in(const Substituted& text, std::size_t offset, std::string message) const {
  error_at(file_offset(text.original_offset(offset)), std::move(message));
}

std::size_t Scope::file_offset(std::size_t in_node) const {
  return node_->verbatim_at ? *node_->verbatim_at + in_node : node_->offset;
}

std::optional<Substituted> Scope::text(std::string_view expected) const {
  if (node_->kind != Node::Kind::kScalar) {
    const std::string_view found = node_->kind == Node::Kind::kNull   ? "nothing"
                                   : node_->kind == Node::Kind::kList ? "a list"
                                                                      : "a map of keys";
    error(std::format("expected {}, found {}", expected, found));
    return std::nullopt;
  }
  auto text = substitute(node_->text, reading_->environment);
  if (text) return std::move(*text);
  error_at(file_offset(text.error().offset), std::move(text.error().what));
  return std::nullopt;
}

}  // namespace penstock::config
