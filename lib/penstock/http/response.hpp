// Response: what a server answered.
#pragma once

#include <string>

#include "penstock/http/headers.hpp"

namespace penstock::http {

struct Response {
  unsigned status = 0;
  Headers headers = {};
  std::string body = {};
  /// The URL that answered, after redirects: as requested, secrets included.
  std::string url = {};
  /// What messages call it: "GET https://example.org/path".
  std::string label = {};

  bool ok() const noexcept { return status < 400; }
  /// Errors: StatusError when the status is 400 or more; TryLater when it has a Retry-After.
  void raise_for_status() const;
};

}  // namespace penstock::http
