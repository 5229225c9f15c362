#include "daemon/config/schema/scope.hpp"

#include <fmt/format.h>

namespace penstock::config {

Scope Scope::entry(const Node::Entry& entry) const {
  return {*reading_, *entry.value, entry.key, path_.empty() ? entry.key : path_ + "." + entry.key,
          entry.key_offset};
}

Scope Scope::item(std::size_t index) const {
  const Node& node = *node_->items[index];
  return {*reading_, node, name_, fmt::format("{}[{}]", path_, index), node.offset};
}

void Scope::error(std::string message) const {
  error_at(node_->offset, std::move(message));
}

void Scope::error_at(std::size_t offset, std::string message) const {
  reading_->diagnostics.add(reading_->source, offset, path_, std::move(message));
}

void Scope::error_in(const Substituted& text, std::size_t offset, std::string message) const {
  error_at(file_offset(text.original_offset(offset)), std::move(message));
}

std::size_t Scope::file_offset(std::size_t in_node) const {
  return node_->verbatim_at ? *node_->verbatim_at + in_node : node_->offset;
}

std::optional<Substituted> Scope::text(std::string_view expected, Escape escape) const {
  if (node_->refused) return std::nullopt;
  if (node_->kind != Node::Kind::kScalar) {
    error(fmt::format("expected {}, found {}", expected, kind_name(node_->kind)));
    return std::nullopt;
  }
  auto text = substitute(node_->text, reading_->environment, escape);
  if (text) return std::move(*text);
  error_at(file_offset(text.error().offset), std::move(text.error().what));
  return std::nullopt;
}

bool Scope::is(std::string_view word) const {
  if (node_->kind != Node::Kind::kScalar) return false;
  const auto text = substitute(node_->text, reading_->environment);
  return text && text->text == word;
}

}  // namespace penstock::config
