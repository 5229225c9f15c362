// `${NAME}` in the values of a configuration file. What comes in is text and stays text: it is
// never read as YAML again.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::config {

using Environment = std::map<std::string, std::string, std::less<>>;

/// The environment of this process.
Environment process_environment();

/// Letters, digits and `_`, no digit first: a name in any environment.
bool is_variable_name(std::string_view name) noexcept;

/// A value after substitution, which still knows where in the original each byte came from.
class Substituted {
 public:
  std::string text;

  /// Where in the original the byte at `offset` of `text` stands; for a substituted one, where its
  /// `${` does.
  std::size_t original_offset(std::size_t offset) const noexcept;

 private:
  friend class Substitution;
  struct Piece {
    std::size_t at;        // in `text`
    std::size_t original;  // in the original
    bool verbatim;
  };
  std::vector<Piece> pieces_;
};

struct SubstitutionError {
  std::size_t offset = 0;
  std::string what;
};

/// What is done to a value of the environment before it is put in.
using Escape = std::string (*)(std::string_view value);

/// Fills in `${NAME}` and `${NAME:-default}` (taken where NAME is unset or empty); `$${` stands for
/// `${`. A `$` before anything else is itself. Errors: an unset name without a default, a name that
/// is none, a missing `}`, a `${` inside a default.
std::expected<Substituted, SubstitutionError> substitute(std::string_view text,
                                                         const Environment& environment,
                                                         Escape escape = nullptr);

}  // namespace penstock::config
