// The walk under json.hpp: reads one value after another, checking as it goes.
#pragma once

#include <bitset>
#include <cstddef>
#include <string_view>

#include "penstock/job/json.hpp"

namespace penstock::job::json {

/// Members return false on the first error, which error() then tells; they never read past it.
///
///     value:  enter ──► leave ──► done
///               ▲         │ a comma
///               └─────────┘
///
/// enter() goes down through opening brackets to the next scalar or empty container; leave() closes
/// what ends there. `objects_` has a bit per open container: set for an object.
class Scanner {
 public:
  /// REQUIRES: max_depth <= kMaxDepth.
  Scanner(std::string_view text, std::size_t max_depth)
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()), max_depth_(max_depth) {}

  /// Reads one value, and white space before it.
  bool value(Value& out);

  /// Reads a key and its colon, and white space before them.
  bool key(std::string_view& out);

  /// Reads `c`, and white space before it; or reads white space only and returns false, which is
  /// not an error yet.
  bool take(char c);

  /// Reads white space up to the end of the text.
  bool end();

  bool fail(std::string_view what) {
    what_ = what;
    return false;
  }
  Error error() const { return {static_cast<std::size_t>(at_ - begin_), what_}; }

 private:
  bool enter();
  bool leave();
  bool open(bool object);
  bool close() {
    --depth_;
    return true;
  }
  bool skip(std::ptrdiff_t bytes) {
    at_ += bytes;
    return true;
  }
  bool scalar();
  bool string();
  bool escape();
  bool number();
  bool digits();
  bool word(std::string_view expected);
  void skip_space();
  bool at(char c) const { return at_ < end_ && *at_ == c; }
  static Kind kind_of(char first);

  const char* begin_;
  const char* at_;
  const char* end_;
  std::size_t max_depth_;
  std::size_t depth_ = 0;
  std::bitset<kMaxDepth> objects_;
  std::string_view what_;
};

}  // namespace penstock::job::json
