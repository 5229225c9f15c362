// How a session deals with all its requests.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "penstock/async/clock.hpp"

namespace penstock::http {

struct SessionOptions {
  /// Requests under way at once; the others wait. Over HTTP/1 each of them is a connection.
  /// REQUIRES: neither is 0.
  std::size_t limit_per_host = 20;
  std::size_t limit = 100;

  /// Resolving, connecting and the handshake of TLS, to the proxy too.
  async::Duration connect_timeout = std::chrono::seconds(10);
  /// A request from its call to its last byte; of a stream, the wait for the head, and for each of
  /// its pieces. Request::timeout comes before it; a deadline around the caller holds as well.
  async::Duration timeout = std::chrono::seconds(60);
  /// A connection that was idle for so long is not used again, and closed when the next is opened.
  async::Duration idle_timeout = std::chrono::seconds(60);

  /// The largest body that request() takes. A stream is only bound by Request::max_body.
  std::uint64_t max_body = std::uint64_t{16} << 20;
  /// 0: a redirect is a response like any other.
  unsigned max_redirects = 0;

  /// HTTP/2 where the server offers it over TLS. Streams and uploads keep to HTTP/1.1, so that one
  /// which stands still holds up no other.
  bool http2 = true;
  /// Certificates to trust, as PEM, in place of the system's. There is no way to trust all.
  std::string ca_file = {};
  /// `http://proxy:3128`, `socks5h://…`; for all hosts.
  std::string proxy = {};
  /// Without `proxy`: http_proxy, https_proxy, all_proxy and no_proxy are heard.
  bool proxy_from_environment = false;
  std::string user_agent = "penstock";

  /// Asked before each connection is opened, with the address that the name has resolved to, after
  /// redirects too; false is AddressRefused. With a proxy it is the proxy's address. Must not
  /// throw.
  std::function<bool(const sockaddr& address)> permit_address = {};
};

}  // namespace penstock::http
