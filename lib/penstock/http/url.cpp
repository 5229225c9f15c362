#include "penstock/http/url.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "penstock/http/curl.hpp"
#include "penstock/http/error.hpp"

namespace penstock::http {
namespace {

using Parts = std::unique_ptr<CURLU, FreeBy<curl_url_cleanup>>;

Parts no_parts() {
  Parts parts(curl_url());
  if (!parts) throw std::bad_alloc();
  return parts;
}

/// What a request line is made of must hold neither a blank nor a line's end.
bool is_clean(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c != 0x7f; });
}

/// Sets it, or what it means where one was set before. Says why not; null if it could.
const char* set_url(const Parts& parts, const std::string& text) noexcept {
  if (!is_clean(text)) return "it has a blank or a control character";
  const CURLUcode code = curl_url_set(parts.get(), CURLUPART_URL, text.c_str(), 0);
  return code == CURLUE_OK ? nullptr : curl_url_strerror(code);
}

std::string part(const Parts& parts, CURLUPart which, unsigned flags = 0) {
  char* raw = nullptr;
  const CURLUcode code = curl_url_get(parts.get(), which, &raw, flags);
  const CurlText text(raw);
  return code == CURLUE_OK ? text.get() : "";
}

std::string label_of(const Parts& parts) {
  const std::string port = part(parts, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT);
  return part(parts, CURLUPART_SCHEME) + "://" + part(parts, CURLUPART_HOST) +
         (port.empty() ? "" : ":" + port) + part(parts, CURLUPART_PATH) +
         (part(parts, CURLUPART_QUERY).empty() ? "" : "?...");
}

std::string origin_of(const Parts& parts) {
  std::string origin = part(parts, CURLUPART_SCHEME) + "://" + part(parts, CURLUPART_HOST) + ":" +
                       part(parts, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  std::ranges::transform(origin, origin.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return origin;
}

bool speaks_http(const Parts& parts) {
  const std::string scheme = part(parts, CURLUPART_SCHEME);
  return scheme == "http" || scheme == "https";
}

Url taken_apart(const Parts& parts, std::string text) {
  return {.text = std::move(text),
          .scheme = part(parts, CURLUPART_SCHEME),
          .origin = origin_of(parts),
          .label = label_of(parts)};
}

}  // namespace

Url parse_url(std::string text) {
  const Parts parts = no_parts();
  if (const char* fault = set_url(parts, text)) {
    throw InvalidRequest(std::string("not a URL: ") + fault);
  }
  if (!speaks_http(parts)) {
    throw InvalidRequest("neither an http nor an https URL: " + part(parts, CURLUPART_SCHEME));
  }
  return taken_apart(parts, std::move(text));
}

Url resolve(const Url& base, std::string_view location, std::string_view label) {
  const Parts parts = no_parts();
  set_url(parts, base.text);
  if (const char* fault = set_url(parts, std::string(location))) {
    throw RedirectError(std::string(label) + ": redirected to what is not a URL: " + fault);
  }
  if (!speaks_http(parts)) {
    throw RedirectError(std::string(label) +
                        ": redirected to neither http nor https: " + part(parts, CURLUPART_SCHEME));
  }
  return taken_apart(parts, part(parts, CURLUPART_URL));
}

}  // namespace penstock::http
