#include "penstock/log/line.hpp"

#include <algorithm>

#include "penstock/log/escape.hpp"

namespace penstock::log {

namespace {

constexpr bool allowed_in_key(char c) noexcept {
  return (c >= 'a' && c <= 'z') || c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
         c == '-' || c == '.';
}

// What every line has of its own, and the keys that stand in for them.
constexpr std::array<std::array<std::string_view, 2>, 3> kReserved = {
    {{"ts", "ts_"}, {"level", "level_"}, {"msg", "msg_"}}};

std::size_t text_bytes(Value value) noexcept {
  return value.kind() == Value::Kind::kText ? std::min(value.text().size(), kMaxValueBytes) : 0;
}

}  // namespace

std::size_t Line::leading_index(std::string_view key) noexcept {
  return static_cast<std::size_t>(std::ranges::find(kLeading, key) - kLeading.begin());
}

std::string_view Line::written_key(std::string_view key) noexcept {
  for (const auto& [reserved, instead] : kReserved) {
    if (key == reserved) return instead;
  }
  if (!key.empty() && key.size() <= kMaxKey && std::ranges::all_of(key, allowed_in_key)) return key;
  return repaired_key(key);
}

// Empty when there is no room for another such key.
std::string_view Line::repaired_key(std::string_view key) noexcept {
  if (key.empty()) return "_";
  key = key.substr(0, kMaxKey);
  if (repaired_.size() - repaired_used_ < key.size()) return {};
  char* const begin = repaired_.data() + repaired_used_;
  std::ranges::transform(key, begin, [](char c) { return allowed_in_key(c) ? c : '_'; });
  repaired_used_ += key.size();
  return {begin, key.size()};
}

Value* Line::find(std::string_view key) noexcept {
  const std::size_t leading = leading_index(key);
  if (leading != kNotLeading) return leading_set_[leading] ? &leading_[leading] : nullptr;
  for (std::size_t i = 0; i < others_count_; ++i) {
    if (others_[i].key == key) return &others_[i].value;
  }
  return nullptr;
}

bool Line::charge(Value value) noexcept {
  const std::size_t bytes = text_bytes(value);
  if (bytes_ + bytes > kMaxBytes) return false;
  bytes_ += bytes;
  return true;
}

void Line::add(std::string_view key, Value value) noexcept {
  key = written_key(key);
  if (key.empty() || !charge(value)) {
    ++cut_;
  } else if (Value* const present = find(key)) {
    bytes_ -= text_bytes(*present);
    *present = value;
  } else {
    append(key, value);
  }
}

void Line::add_default(std::string_view key, Value value) noexcept {
  if (find(key) == nullptr) add(key, value);
}

void Line::append(std::string_view key, Value value) noexcept {
  const std::size_t leading = leading_index(key);
  if (leading != kNotLeading) {
    leading_[leading] = value;
    leading_set_[leading] = true;
  } else if (others_count_ < kMaxOthers) {
    others_[others_count_++] = Field{key, value};
  } else {
    ++cut_;
  }
}

}  // namespace penstock::log
