// Tags: the fields that a line gets from where it is written, not from who writes it.
//
// A Scope puts a TagSource on the running task's context; every line written under it, through
// awaits and in spawned tasks, carries the source's tags. Sources are asked only when a line is
// really written: a job that logs nothing pays for one context binding.
//
// Order in a line: queue, job, attempt, type, instance, then the others, outer sources first. An
// inner source replaces the value of an outer one's key.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/async/context.hpp"
#include "penstock/log/value.hpp"

namespace penstock::log {

/// Receives a source's tags.
class TagVisitor {
 public:
  virtual ~TagVisitor() = default;
  /// `key` and text must stay valid until the line is written: let them point into the source, not
  /// into the frame of its tags().
  virtual void tag(std::string_view key, Value value) = 0;
};

/// Something that lines can be about, such as a job.
class TagSource {
 public:
  virtual ~TagSource() = default;
  /// Called on the thread that writes a line, for each line. Must not write lines itself.
  virtual void tags(TagVisitor& visitor) const = 0;
};

/// An owning list of tags, in the order in which their keys were first set.
class Tags final : public TagSource {
 public:
  Tags() = default;
  Tags(std::initializer_list<Field> fields);

  /// A copy of the tags in force, for work on a thread of one's own. async::to_thread() takes the
  /// context along by itself.
  static Tags here();

  /// Adds a tag, or replaces the value of `key`. Copies both.
  Tags& set(std::string_view key, Value value);
  bool empty() const noexcept { return tags_.empty(); }

  void tags(TagVisitor& visitor) const override;

 private:
  struct Tag {
    std::string key;
    std::string text;  // of a text value
    Value value;       // of any other
  };
  std::vector<Tag> tags_;
};

/// Hands the tags of the scopes in force to `visitor`, outer sources first.
void visit_tags(TagVisitor& visitor);

/// Puts `source` on the running task's context for as long as it lives. Scopes end in the reverse
/// order of their making. A task spawned under it that is still running then keeps the tags as they
/// were at the end.
class [[nodiscard]] Scope {
 public:
  /// `source` must outlive the scope; it is asked anew for each line.
  explicit Scope(const TagSource& source);
  explicit Scope(TagSource&& source) = delete;
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope();

 private:
  async::ScopedVar binding_;
};

}  // namespace penstock::log
