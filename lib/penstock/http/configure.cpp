#include "penstock/http/configure.hpp"

#include <algorithm>
#include <limits>
#include <new>

namespace penstock::http {
namespace {

/// Rounded up: 0 would be libcurl's own default.
template <class Unit>
long whole(async::Duration duration) noexcept {
  const auto units = std::chrono::ceil<Unit>(duration).count();
  return static_cast<long>(std::clamp<decltype(units)>(units, 1, std::numeric_limits<int>::max()));
}

void append(HeaderList& list, const std::string& line) {
  curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(longer);
}

/// As libcurl takes them: `Name;` is an empty value, `Name:` keeps libcurl from adding its own.
HeaderList header_list(const Checked& request) {
  HeaderList list;
  for (const Header& header : request.request.headers) {
    append(list, header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  // Neither a guess at the type, nor a second's wait for a "100 Continue" that few servers send.
  for (const char* name : {"Content-Type", "Expect"}) {
    if (!request.request.headers.contains(name)) append(list, std::string(name) + ":");
  }
  return list;
}

void set_body(CURL* easy, const Checked& request) {
  if (const Upload* upload = request.upload()) {
    const std::int64_t length = upload->length ? static_cast<std::int64_t>(*upload->length) : -1;
    set(easy, CURLOPT_UPLOAD, 1L);
    set(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t{length});
  } else {
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.bytes()->size()));
    set(easy, CURLOPT_POSTFIELDS, request.bytes()->data());
  }
}

void set_message(CURL* easy, const Checked& request) {
  set(easy, CURLOPT_URL, request.url.text.c_str());
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  if (request.request.method == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
  } else {
    if (request.has_body()) set_body(easy, request);
    set(easy, CURLOPT_CUSTOMREQUEST, request.request.method.c_str());
  }
  if (request.request.accept_compressed) set(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
}

/// An empty name keeps libcurl from looking into the environment.
void set_proxy(CURL* easy, const SessionOptions& options) {
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (options.proxy.empty() && options.proxy_from_environment) return;
  set(easy, CURLOPT_PROXY, options.proxy.c_str());
  set(easy, CURLOPT_NOPROXY, "");
}

void set_trust(CURL* easy, const SessionOptions& options) {
  set(easy, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  if (options.ca_file.empty()) return;
  set(easy, CURLOPT_CAINFO, options.ca_file.c_str());
  set(easy, CURLOPT_PROXY_CAINFO, options.ca_file.c_str());
}

void set_connection(CURL* easy, const SessionOptions& options, bool alone) {
  set(easy, CURLOPT_NOSIGNAL, 1L);
  // A resolving thread that is not needed any more is left to itself, not waited for.
  set(easy, CURLOPT_QUICK_EXIT, 1L);
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, whole<std::chrono::milliseconds>(options.connect_timeout));
  set(easy, CURLOPT_MAXAGE_CONN, whole<std::chrono::seconds>(options.idle_timeout));
  const bool http2 = options.http2 && !alone;
  set(easy, CURLOPT_HTTP_VERSION,
      http2 ? long{CURL_HTTP_VERSION_2TLS} : long{CURL_HTTP_VERSION_1_1});
}

}  // namespace

HeaderList configure(CURL* easy, const SessionOptions& options, const Checked& request,
                     bool alone) {
  set_message(easy, request);
  set_connection(easy, options, alone);
  set_proxy(easy, options);
  set_trust(easy, options);
  HeaderList list = header_list(request);
  if (!options.user_agent.empty()) set(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  set(easy, CURLOPT_HTTPHEADER, list.get());
  return list;
}

}  // namespace penstock::http
