#include "penstock/log/tags.hpp"

#include <algorithm>

namespace penstock::log {

namespace {

constinit async::ContextVar<detail::TagFrame> innermost;

class Copy final : public TagVisitor {
 public:
  explicit Copy(Tags& into) noexcept : into_(into) {}
  void tag(std::string_view key, Value value) override { into_.set(key, value); }

 private:
  Tags& into_;
};

std::unique_ptr<Tags> copy_of(const TagSource& source) {
  auto tags = std::make_unique<Tags>();
  Copy copy(*tags);
  source.tags(copy);
  return tags;
}

// True if a task that was spawned under the innermost scope is still there.
bool outlived() noexcept {
  const auto* node = async::Context::current().node();
  return node->references > 1;
}

}  // namespace

const detail::TagFrame* detail::current_tags() noexcept {
  return innermost.get();
}

Scope::Scope(const TagSource& source)
    : binding_(innermost.set(detail::TagFrame{&source, innermost.get(), nullptr})) {}

Scope::~Scope() {
  const detail::TagFrame& frame = *innermost.get();
  if (outlived()) frame.kept = copy_of(*frame.source);
  frame.source = frame.kept.get();
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
