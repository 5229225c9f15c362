// StatementCache: which statements one connection has prepared, and under what names. At most so
// many; the least recently used makes room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "penstock/sql/statement.hpp"

namespace penstock::sql {

class StatementCache {
 public:
  /// 0: nothing is ever kept.
  explicit StatementCache(std::size_t capacity) noexcept : capacity_(capacity) {}

  /// What a statement is known by: its text and the types of its values.
  static std::string key_of(const Statement& statement);

  /// Its name, if it is prepared. It is then the most recently used.
  const std::string* find(const std::string& key);
  /// The name of the least recently used one, if there is no room for another. It is forgotten.
  std::optional<std::string> evict();
  /// A name for a new one, never given before.
  std::string next_name() { return "penstock_" + std::to_string(++named_); }
  /// REQUIRES: there is room.
  void add(std::string key, std::string name);
  /// Returns its name, if it was there.
  std::optional<std::string> forget(const std::string& key);

  std::size_t size() const noexcept { return entries_.size(); }
  std::size_t capacity() const noexcept { return capacity_; }

 private:
  struct Entry {
    std::string key;
    std::string name;
  };
  using Entries = std::list<Entry>;

  std::size_t capacity_;
  std::uint64_t named_ = 0;
  Entries entries_;                                                // the most recently used first
  std::unordered_map<std::string_view, Entries::iterator> index_;  // the keys are the entries' own
};

}  // namespace penstock::sql
