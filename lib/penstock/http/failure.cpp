#include "penstock/http/failure.hpp"

#include "penstock/http/error.hpp"

namespace penstock::http {

void throw_curl_failure(CURLcode code, const std::string& what, bool sent) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
      throw InvalidRequest(what);
    case CURLE_SSL_CONNECT_ERROR:
      throw TlsError(what);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      throw TlsError(what, false);
    case CURLE_OPERATION_TIMEDOUT:  // libcurl is only told of the connect timeout
      throw TimeoutError(what, false);
    default:
      if (!sent) throw ConnectError(what);
      throw ProtocolError(what);
  }
}

}  // namespace penstock::http
