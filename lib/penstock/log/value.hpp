// What a log field can hold: text, a number, a truth value or a duration.
//
// A Value is three words, owns nothing and is made on the caller's stack: text is a view, and is
// copied when its line is rendered.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace penstock::log {

namespace detail {

template <class T>
concept Character = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
                    std::same_as<T, char16_t> || std::same_as<T, char32_t>;

template <class T>
concept Number = std::integral<T> && !std::same_as<T, bool> && !Character<T>;

}  // namespace detail

class Value {
 public:
  enum class Kind : std::uint8_t { kText, kSigned, kUnsigned, kReal, kBool, kDuration };

  constexpr Value() noexcept : text_() {}
  constexpr Value(std::string_view text) noexcept : text_(text) {}
  Value(const std::string& text) noexcept : text_(text) {}
  /// A null pointer is empty text.
  constexpr Value(const char* text) noexcept
      : text_(text == nullptr ? std::string_view() : std::string_view(text)) {}
  template <std::same_as<bool> T>
  constexpr Value(T truth) noexcept : bool_(truth), kind_(Kind::kBool) {}
  template <detail::Number T>
    requires std::is_signed_v<T>
  constexpr Value(T number) noexcept : signed_(number), kind_(Kind::kSigned) {}
  template <detail::Number T>
    requires std::is_unsigned_v<T>
  constexpr Value(T number) noexcept : unsigned_(number), kind_(Kind::kUnsigned) {}
  template <std::floating_point T>
  constexpr Value(T number) noexcept : real_(static_cast<double>(number)), kind_(Kind::kReal) {}
  /// Printed in milliseconds, to the microsecond: name the key `…_ms`.
  template <class Rep, class Period>
  constexpr Value(std::chrono::duration<Rep, Period> duration) noexcept
      : duration_(std::chrono::duration_cast<std::chrono::nanoseconds>(duration)),
        kind_(Kind::kDuration) {}

  constexpr Kind kind() const noexcept { return kind_; }
  /// REQUIRES: kind() says so, as for all below.
  constexpr std::string_view text() const noexcept { return text_; }
  constexpr std::int64_t as_signed() const noexcept { return signed_; }
  constexpr std::uint64_t as_unsigned() const noexcept { return unsigned_; }
  constexpr double as_real() const noexcept { return real_; }
  constexpr bool as_bool() const noexcept { return bool_; }
  constexpr std::chrono::nanoseconds as_duration() const noexcept { return duration_; }

 private:
  union {
    std::string_view text_;
    std::int64_t signed_;
    std::uint64_t unsigned_;
    double real_;
    bool bool_;
    std::chrono::nanoseconds duration_;
  };
  Kind kind_ = Kind::kText;
};

/// One `key=value` of a line. Keys are lower case with underscores; other characters than letters,
/// digits, `_`, `-` and `.` are written as `_`.
struct Field {
  std::string_view key;
  Value value;
};

}  // namespace penstock::log
