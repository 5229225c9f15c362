#include "daemon/commands/when.hpp"

#include <cstdlib>
#include <ctime>
#include <string_view>

namespace penstock::commands {
namespace {

constexpr double kEndOf9999 = 253'402'300'800;

/// Neither a time before 1970 nor an infinity or no number at all.
bool in_range(double seconds) {
  return seconds >= 0 && seconds < kEndOf9999;
}

std::optional<job::Time> at(std::time_t seconds) {
  if (!in_range(static_cast<double>(seconds))) return std::nullopt;
  return job::Time(std::chrono::seconds(seconds));
}

std::optional<job::Time> parse_date(const char* text) {
  for (const char* format :
       {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"}) {
    std::tm parts{};
    parts.tm_isdst = -1;
    const char* rest = strptime(text, format, &parts);
    if (rest == nullptr) continue;
    if (*rest == '\0') return at(mktime(&parts));
    if (std::string_view(rest) == "Z") return at(timegm(&parts));
  }
  return std::nullopt;
}

}  // namespace

std::optional<job::Time> parse_time(const std::string& text) {
  char* end = nullptr;
  const double seconds = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0') return parse_date(text.c_str());
  if (!in_range(seconds)) return std::nullopt;
  return job::Time(std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000)));
}

}  // namespace penstock::commands
