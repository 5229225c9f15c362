// JSON read as slices: a full walk that checks every byte of a text (RFC 8259) and hands out the
// values as they stand in it. Nothing is converted: numbers keep their digits, keys their order.
//
// Why not simdjson's parsers: on-demand accepts what it skips unread, DOM refuses long numbers, and
// both want a padded copy. Its UTF-8 check has none of that and is used here.
//
// Duplicate keys are allowed: a payload is the user's. A key with escapes is compared by what it
// means. Lone surrogate escapes are allowed, as in the RFC's grammar; only unescape() refuses them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace penstock::job::json {

/// Deeper texts are refused. Nothing here recurses, so the limit is not for our own sake: it keeps
/// a payload within what common parsers take (512 in PHP, about 1,000 in Python).
inline constexpr std::size_t kMaxDepth = 512;

enum class Kind : std::uint8_t { kObject, kArray, kString, kNumber, kBoolean, kNull };

struct Error {
  std::size_t offset;     // of the byte that is wrong
  std::string_view what;  // a static sentence
};

/// A checked value: its bytes without white space around them; a string with its quotes.
struct Value {
  Kind kind = Kind::kNull;
  std::string_view raw;
};

struct Member {
  std::string_view key;  // between the quotes, escapes as they stand
  Value value;
};

/// Checks all of `text`, which must be one value, white space around it allowed.
std::expected<Value, Error> check(std::string_view text, std::size_t max_depth = kMaxDepth);

/// Checks all of `text`, which must be an object, and lists its members in their order.
/// Errors: also when there are more than `max_members`.
std::expected<std::vector<Member>, Error> members(
    std::string_view text, std::size_t max_members = std::numeric_limits<std::size_t>::max());

/// Checks all of `text`, which must be an array, and lists its elements.
std::expected<std::vector<Value>, Error> elements(std::string_view text);

/// Follows a path such as `a.b.0` down from `root`: a segment is a key of an object or an index
/// into an array. Of duplicate keys the last counts, as in most parsers. std::nullopt if there is
/// no such value. REQUIRES: `root` was checked.
std::optional<Value> find(Value root, std::string_view path);

/// The same below one key or index: the next step of find().
std::optional<Value> child(Value parent, std::string_view segment);

/// Cuts the first segment off `path`.
std::string_view take_segment(std::string_view& path);

/// Whether `key`, as it stands between its quotes, means `name`.
bool key_is(std::string_view key, std::string_view name);

}  // namespace penstock::job::json
