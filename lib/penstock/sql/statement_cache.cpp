#include "penstock/sql/statement_cache.hpp"

#include <cassert>
#include <utility>

namespace penstock::sql {

std::string StatementCache::key_of(const Statement& statement) {
  std::string key = statement.text;
  for (const Parameters::Value& value : statement.parameters.values()) {
    key += '\0';  // which no statement has in it
    key += std::to_string(value.type.oid);
  }
  return key;
}

const std::string* StatementCache::find(const std::string& key) {
  const auto found = index_.find(key);
  if (found == index_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return &found->second->name;
}

std::optional<std::string> StatementCache::evict() {
  if (entries_.size() < capacity_ || entries_.empty()) return std::nullopt;
  index_.erase(entries_.back().key);
  std::string name = std::move(entries_.back().name);
  entries_.pop_back();
  return name;
}

void StatementCache::add(std::string key, std::string name) {
  assert(entries_.size() < capacity_);
  entries_.push_front({std::move(key), std::move(name)});
  index_.emplace(entries_.front().key, entries_.begin());
}

std::optional<std::string> StatementCache::forget(const std::string& key) {
  const auto found = index_.find(key);
  if (found == index_.end()) return std::nullopt;
  const Entries::iterator entry = found->second;
  index_.erase(found);
  std::string name = std::move(entry->name);
  entries_.erase(entry);
  return name;
}

}  // namespace penstock::sql
