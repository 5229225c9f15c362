// Url: an http or https URL, taken apart once.
#pragma once

#include <string>
#include <string_view>

namespace penstock::http {

struct Url {
  std::string text;    // as it is requested
  std::string scheme;  // "http" or "https"
  std::string origin;  // scheme, host and port, which is written even where it is the default
  std::string label;   // for messages: without user, password, query and fragment
};

/// Errors: InvalidRequest, which does not repeat what may be a secret.
Url parse_url(std::string text);

/// What a Location means at `base`. Errors: RedirectError, beginning with `label`, when it is not a
/// URL, or of another scheme than http and https.
Url resolve(const Url& base, std::string_view location, std::string_view label);

}  // namespace penstock::http
