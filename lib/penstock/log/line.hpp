// One event on its way into text: its tags and fields in their final order, each key once.
//
// A Line lives on its writer's stack and allocates nothing. It holds views: it must not outlive the
// message, the fields and the tag sources it was made from.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>

#include "penstock/log/log.hpp"

namespace penstock::log {

class Line final : public TagVisitor {
 public:
  using Time = std::chrono::system_clock::time_point;

  /// Tags and fields beyond this number or this many bytes of text are left out and counted.
  static constexpr std::size_t kMaxOthers = 40;
  static constexpr std::size_t kMaxBytes = 16 * 1024;
  /// Longer keys are cut: journald takes 64 characters, `PENSTOCK_` included.
  static constexpr std::size_t kMaxKey = 48;

  Line(Level level, std::string_view message, Time time) noexcept
      : level_(level), message_(message), time_(time) {}

  /// The tags of the scopes in force, outer ones first.
  void add_context_tags() { visit_tags(*this); }
  void tag(std::string_view key, Value value) override { add(key, value); }
  /// Adds a field, or replaces the value of its key.
  void add(std::string_view key, Value value) noexcept;
  /// Adds a field unless its key is there.
  void add_default(std::string_view key, Value value) noexcept;

  Level level() const noexcept { return level_; }
  std::string_view message() const noexcept { return message_; }
  Time time() const noexcept { return time_; }

  /// Calls `receive(key, value)` in the order of the finished line.
  template <class F>
  void for_each(F&& receive) const {
    for (std::size_t i = 0; i < kLeading.size(); ++i) {
      if (leading_set_[i]) receive(kLeading[i], leading_[i]);
    }
    for (std::size_t i = 0; i < others_count_; ++i) receive(others_[i].key, others_[i].value);
    if (cut_ > 0) receive(std::string_view("fields_cut"), Value(cut_));
  }

 private:
  /// The keys that come first, in this order.
  static constexpr std::array<std::string_view, 5> kLeading = {"queue", "job", "attempt", "type",
                                                               "instance"};
  static constexpr std::size_t kNotLeading = kLeading.size();

  static std::size_t leading_index(std::string_view key) noexcept;
  std::string_view written_key(std::string_view key) noexcept;
  std::string_view repaired_key(std::string_view key) noexcept;
  Value* find(std::string_view key) noexcept;
  bool charge(Value value) noexcept;
  void append(std::string_view key, Value value) noexcept;

  Level level_;
  std::string_view message_;
  Time time_;
  std::array<Value, kLeading.size()> leading_;
  std::array<bool, kLeading.size()> leading_set_{};
  std::array<Field, kMaxOthers> others_;
  std::size_t others_count_ = 0;
  std::size_t bytes_ = 0;
  std::size_t cut_ = 0;
  std::array<char, 512> repaired_;  // keys that had to be changed
  std::size_t repaired_used_ = 0;
};

}  // namespace penstock::log
