// libcurl's handles as owned objects, and its options with their failures as exceptions.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace penstock::http {

template <auto Free>
struct FreeBy {
  template <class T>
  void operator()(T* handle) const noexcept {
    Free(handle);
  }
};

using Easy = std::unique_ptr<CURL, FreeBy<curl_easy_cleanup>>;
using HeaderList = std::unique_ptr<curl_slist, FreeBy<curl_slist_free_all>>;
using CurlText = std::unique_ptr<char, FreeBy<curl_free>>;

/// Sets an option. Numbers are `long` or curl_off_t, as the option has it. Errors:
/// std::runtime_error when this libcurl does not know it, or memory is out.
template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  if (const CURLcode code = curl_easy_setopt(easy, option, value); code != CURLE_OK) {
    throw std::runtime_error("libcurl refuses option " + std::to_string(option) + ": " +
                             curl_easy_strerror(code));
  }
}

}  // namespace penstock::http
