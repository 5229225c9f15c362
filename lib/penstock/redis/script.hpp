// Script: a Lua script and the name that Redis caches it under.
#pragma once

#include <string>
#include <string_view>

namespace penstock::redis {

class Script {
 public:
  /// `name` is for messages. Both must outlive the script, as the scripts embedded at build time
  /// do; the script must outlive the calls made with it.
  Script(std::string_view name, std::string_view body);

  std::string_view name() const noexcept { return name_; }
  std::string_view body() const noexcept { return body_; }
  /// SHA-1 of the body, 40 hexadecimal digits.
  const std::string& sha1() const noexcept { return sha1_; }

 private:
  std::string_view name_;
  std::string_view body_;
  std::string sha1_;
};

}  // namespace penstock::redis
