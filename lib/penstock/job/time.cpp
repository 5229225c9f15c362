#include "penstock/job/time.hpp"

#include <cstdint>
#include <cstdlib>

namespace penstock::job {

std::string seconds_text(std::chrono::milliseconds time) {
  const auto count = time.count();
  return std::to_string(count / 1000) + "." + std::to_string(1000 + count % 1000).substr(1);
}

std::chrono::milliseconds parse_seconds(std::string_view text) {
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(std::strtod(std::string(text).c_str(), nullptr) * 1000));
}

}  // namespace penstock::job
