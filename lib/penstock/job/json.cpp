#include "penstock/job/json.hpp"

#include <algorithm>
#include <charconv>

#include "penstock/job/json_scanner.hpp"
#include "penstock/job/json_string.hpp"

namespace penstock::job::json {
namespace {

constexpr std::size_t kUsualMembers = 16;

std::optional<Error> wrong_encoding(std::string_view text) {
  if (is_utf8(text)) return std::nullopt;
  std::size_t at = 0;
  while (const std::size_t length = utf8_length(text.substr(at))) at += length;
  return Error{at, "not UTF-8"};
}

/// Calls visit(member) for each member; visit returns false to refuse.
template <class Visit>
bool walk_members(Scanner& scanner, Visit visit) {
  if (!scanner.take('{')) return scanner.fail("an object is wanted here");
  if (scanner.take('}')) return true;
  do {
    Member member;
    if (!scanner.key(member.key) || !scanner.value(member.value)) return false;
    if (!visit(member)) return false;
  } while (scanner.take(','));
  return scanner.take('}') || scanner.fail("a comma or a closing bracket is wanted here");
}

/// Calls visit(value) for each element; visit returns false to stop.
template <class Visit>
bool walk_elements(Scanner& scanner, Visit visit) {
  if (!scanner.take('[')) return scanner.fail("an array is wanted here");
  if (scanner.take(']')) return true;
  do {
    Value value;
    if (!scanner.value(value) || !visit(value)) return false;
  } while (scanner.take(','));
  return scanner.take(']') || scanner.fail("a comma or a closing bracket is wanted here");
}

/// Digits without a leading zero; anything else is a key only.
std::optional<std::size_t> index_of(std::string_view segment) {
  std::size_t index = 0;
  const char* const end = segment.data() + segment.size();
  const auto [stop, error] = std::from_chars(segment.data(), end, index);
  if (error != std::errc() || stop != end) return std::nullopt;
  if (segment.size() > 1 && segment[0] == '0') return std::nullopt;
  return index;
}

std::optional<Value> member_of(Value object, std::string_view name) {
  std::optional<Value> found;
  Scanner scanner(object.raw, kMaxDepth);
  walk_members(scanner, [&](const Member& member) {
    if (key_is(member.key, name)) found = member.value;
    return true;
  });
  return found;
}

std::optional<Value> element_of(Value array, std::size_t index) {
  std::optional<Value> found;
  Scanner scanner(array.raw, kMaxDepth);
  walk_elements(scanner, [&](Value value) {
    if (index-- == 0) found = value;
    return !found;
  });
  return found;
}

}  // namespace

std::expected<Value, Error> check(std::string_view text, std::size_t max_depth) {
  if (const auto wrong = wrong_encoding(text)) return std::unexpected(*wrong);
  Scanner scanner(text, max_depth);
  Value value;
  if (!scanner.value(value) || !scanner.end()) return std::unexpected(scanner.error());
  return value;
}

std::expected<std::vector<Member>, Error> members(std::string_view text, std::size_t max_members) {
  if (const auto wrong = wrong_encoding(text)) return std::unexpected(*wrong);
  Scanner scanner(text, kMaxDepth - 1);
  std::vector<Member> all;
  all.reserve(std::min<std::size_t>(max_members, kUsualMembers));
  const auto keep = [&](const Member& member) {
    if (all.size() == max_members) return scanner.fail("too many members");
    all.push_back(member);
    return true;
  };
  if (!walk_members(scanner, keep) || !scanner.end()) return std::unexpected(scanner.error());
  return all;
}

std::expected<std::vector<Value>, Error> elements(std::string_view text) {
  if (const auto wrong = wrong_encoding(text)) return std::unexpected(*wrong);
  Scanner scanner(text, kMaxDepth - 1);
  std::vector<Value> all;
  const auto keep = [&](Value value) {
    all.push_back(value);
    return true;
  };
  if (!walk_elements(scanner, keep) || !scanner.end()) return std::unexpected(scanner.error());
  return all;
}

std::optional<Value> find(Value root, std::string_view path) {
  std::optional<Value> value = root;
  while (value && !path.empty()) value = child(*value, take_segment(path));
  return value;
}

std::optional<Value> child(Value parent, std::string_view segment) {
  if (parent.kind == Kind::kObject) return member_of(parent, segment);
  if (parent.kind != Kind::kArray) return std::nullopt;
  const auto index = index_of(segment);
  return index ? element_of(parent, *index) : std::nullopt;
}

std::string_view take_segment(std::string_view& path) {
  const std::size_t dot = path.find('.');
  const std::string_view segment = path.substr(0, dot);
  path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  return segment;
}

bool key_is(std::string_view key, std::string_view name) {
  if (!key.contains('\\')) return key == name;
  const auto meant = unescape(key);
  return meant && *meant == name;
}

}  // namespace penstock::job::json
