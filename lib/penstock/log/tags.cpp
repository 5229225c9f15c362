#include "penstock/log/tags.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace penstock::log {

namespace {

// One Scope, as the context knows it. It outlives its Scope where a task that was spawned under it
// does.
struct Frame {
  mutable const TagSource* source;
  const Frame* outer;
  mutable std::unique_ptr<Tags> kept;
};

constinit async::ContextVar<Frame> innermost;

class Collector final : public TagVisitor {
 public:
  void tag(std::string_view key, Value value) override { tags.set(key, value); }
  Tags tags;
};

std::unique_ptr<Tags> copy_of(const TagSource& source) {
  Collector collector;
  source.tags(collector);
  return std::make_unique<Tags>(std::move(collector.tags));
}

void visit_frames(const Frame* frame, TagVisitor& visitor) {
  if (frame == nullptr) return;
  visit_frames(frame->outer, visitor);
  if (frame->source != nullptr) frame->source->tags(visitor);
}

// True if a task that was spawned under the innermost scope is still there.
bool outlived() noexcept {
  const auto* node = async::Context::current().node();
  return node->references > 1;
}

}  // namespace

void visit_tags(TagVisitor& visitor) {
  visit_frames(innermost.get(), visitor);
}

Scope::Scope(const TagSource& source)
    : binding_(innermost.set(Frame{&source, innermost.get(), nullptr})) {}

Scope::~Scope() {
  const Frame& frame = *innermost.get();
  if (outlived()) frame.kept = copy_of(*frame.source);
  frame.source = frame.kept.get();
}

Tags Tags::here() {
  Collector collector;
  visit_tags(collector);
  return std::move(collector.tags);
}

Tags::Tags(std::initializer_list<Field> fields) {
  for (const Field& field : fields) set(field.key, field.value);
}

Tags& Tags::set(std::string_view key, Value value) {
  auto tag = std::ranges::find(tags_, key, &Tag::key);
  if (tag == tags_.end()) tag = tags_.insert(tag, Tag{std::string(key), {}, {}});
  const bool is_text = value.kind() == Value::Kind::kText;
  tag->text = is_text ? value.text() : std::string_view();
  tag->value = is_text ? Value() : value;
  return *this;
}

void Tags::tags(TagVisitor& visitor) const {
  for (const Tag& tag : tags_) {
    const bool is_text = tag.value.kind() == Value::Kind::kText;
    visitor.tag(tag.key, is_text ? Value(tag.text) : tag.value);
  }
}

}  // namespace penstock::log
