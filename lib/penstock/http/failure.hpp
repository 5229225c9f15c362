// libcurl's codes as errors by type.
#pragma once

#include <curl/curl.h>

#include <string>

namespace penstock::http {

/// Throws the Error that `code`, which is not CURLE_OK, stands for in a request that was `sent` or
/// was not: `what`.
[[noreturn]] void throw_curl_failure(CURLcode code, const std::string& what, bool sent);

}  // namespace penstock::http
