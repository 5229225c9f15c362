#include "penstock/http/retry_after.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace penstock::http {
namespace {

/// Keeps what a server says within what can be counted in nanoseconds.
constexpr std::int64_t kLongest = std::int64_t{100} * 365 * 86400;

async::Duration of_seconds(std::int64_t seconds) noexcept {
  return std::chrono::seconds(std::clamp(seconds, std::int64_t{0}, kLongest));
}

std::optional<async::Duration> delta_seconds(std::string_view text) noexcept {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  return of_seconds(error == std::errc() ? seconds : kLongest);
}

std::optional<std::time_t> http_date(std::string_view text) {
  const std::time_t time = curl_getdate(std::string(text).c_str(), nullptr);
  return time < 0 ? std::nullopt : std::optional(time);
}

}  // namespace

std::optional<async::Duration> retry_after(const Headers& headers,
                                           std::chrono::system_clock::time_point now) {
  const auto asked = headers.get("Retry-After");
  if (!asked) return std::nullopt;
  if (const auto delay = delta_seconds(*asked)) return delay;
  const auto until = http_date(*asked);
  if (!until) return std::nullopt;
  const auto said = headers.get("Date");
  const auto from = said ? http_date(*said) : std::nullopt;
  return of_seconds(*until - from.value_or(std::chrono::system_clock::to_time_t(now)));
}

}  // namespace penstock::http
