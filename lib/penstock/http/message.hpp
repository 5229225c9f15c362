// What a request is once it has been checked: nothing in it can forge another one.
#pragma once

#include <string>
#include <string_view>

#include "penstock/http/request.hpp"
#include "penstock/http/url.hpp"

namespace penstock::http {

/// A request that may be sent.
struct Checked {
  Request request;  // its method in capitals
  Url url;
  std::string label;  // "POST https://example.org/path"

  const Upload* upload() const noexcept { return std::get_if<Upload>(&request.body); }
  /// Null for an upload.
  const std::string* bytes() const noexcept { return std::get_if<std::string>(&request.body); }
  /// True when a body is announced, an empty one included.
  bool has_body() const noexcept;
  /// Sent twice it does what it does sent once (RFC 9110, section 9.2.2).
  bool idempotent() const noexcept;
};

/// Errors: InvalidRequest for a URL that is none, a method or a header's name that is not a token,
/// a control character in a value, a header that could contradict the body, or a HEAD with a body.
Checked check(Request request);

/// The request that a redirect asks for. 303, and 301 or 302 of a POST, make it a GET without a
/// body; to another origin no Authorization, Cookie or Host goes along. Errors: RedirectError when
/// the Location cannot be followed, or an Upload would have to be sent again.
Checked follow(const Checked& request, unsigned status, std::string_view location);

bool is_redirect(unsigned status) noexcept;

}  // namespace penstock::http
