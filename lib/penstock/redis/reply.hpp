// Reply: one answer of Redis, owned. Built by the parser directly; moving one costs a few words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace penstock::redis {

class Reply {
 public:
  enum class Kind : std::uint8_t { kNil, kInteger, kString, kStatus, kError, kArray };
  using Array = std::vector<Reply>;

  /// Nil.
  Reply() noexcept = default;
  explicit Reply(std::int64_t integer) noexcept : value_(integer) {}
  explicit Reply(std::string bytes) noexcept : value_(std::move(bytes)) {}
  explicit Reply(Array elements) noexcept : value_(std::move(elements)) {}
  static Reply status(std::string text) { return Reply(Status{std::move(text)}); }
  static Reply error(std::string text) { return Reply(ErrorText{std::move(text)}); }

  Kind kind() const noexcept { return static_cast<Kind>(value_.index()); }
  bool is_nil() const noexcept { return kind() == Kind::kNil; }
  bool is_integer() const noexcept { return kind() == Kind::kInteger; }
  bool is_string() const noexcept { return kind() == Kind::kString; }
  bool is_status() const noexcept { return kind() == Kind::kStatus; }
  /// Only inside an array: a call that is answered with an error throws it.
  bool is_error() const noexcept { return kind() == Kind::kError; }
  bool is_array() const noexcept { return kind() == Kind::kArray; }

  /// Each of these throws Error with Failure::kProtocol when the reply is of another kind: what a
  /// server answers is not in our hands.
  std::int64_t integer() const;
  /// The bytes of a string, or the text of a status or an error. May be moved from.
  std::string& string();
  const std::string& string() const;
  /// The elements. May be moved from.
  Array& array();
  const Array& array() const;

 private:
  struct Status {
    std::string text;
  };
  struct ErrorText {
    std::string text;
  };
  explicit Reply(Status status) noexcept : value_(std::move(status)) {}
  explicit Reply(ErrorText error) noexcept : value_(std::move(error)) {}

  // In the order of Kind.
  std::variant<std::monostate, std::int64_t, std::string, Status, ErrorText, Array> value_;
};

/// "nil", "integer", "string", "status", "error", "array".
const char* to_string(Reply::Kind kind) noexcept;

}  // namespace penstock::redis
