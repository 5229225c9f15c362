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

/// Whether the calendar has such a day, and the clock on it such a time: what it lacks (31
/// February, an hour that is skipped in spring) has become another time in `resolved`.
bool exists(const std::tm& written, const std::tm& resolved) {
  return written.tm_mon == resolved.tm_mon && written.tm_mday == resolved.tm_mday &&
         written.tm_hour == resolved.tm_hour && written.tm_min == resolved.tm_min &&
         written.tm_sec == resolved.tm_sec;
}

std::optional<job::Time> at(const std::tm& written, std::time_t (*resolve)(std::tm*)) {
  std::tm resolved = written;
  const std::time_t seconds = resolve(&resolved);
  return exists(written, resolved) ? at(seconds) : std::nullopt;
}

std::optional<job::Time> parse_date(const char* text) {
  for (const char* format :
       {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"}) {
    std::tm parts{};
    parts.tm_isdst = -1;
    const char* rest = strptime(text, format, &parts);
    if (rest == nullptr) continue;
    if (*rest == '\0') return at(parts, mktime);
    if (std::string_view(rest) == "Z") return at(parts, timegm);
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
