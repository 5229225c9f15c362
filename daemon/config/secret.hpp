// A value that must not reach a log: it prints as ***.
#pragma once

#include <expected>
#include <filesystem>
#include <ostream>
#include <string>
#include <utility>

namespace penstock::config {

/// Whether the files that hold secrets are read, or only looked at: `check` may run without the
/// daemon's credentials.
enum class Secrets { kRead, kCheck };

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  bool empty() const noexcept { return value_.empty(); }
  /// The value itself: for the wire, never for a message.
  const std::string& expose() const noexcept { return value_; }

  friend bool operator==(const Secret&, const Secret&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Secret& secret) {
    return out << (secret.empty() ? "" : "***");
  }

 private:
  std::string value_;
};

/// What a file holds, without the line ends behind it. Errors: cannot be read, or is empty; in
/// words that follow the file's name.
std::expected<Secret, std::string> read_secret_file(const std::filesystem::path& path);

}  // namespace penstock::config
