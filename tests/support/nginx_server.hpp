// A real nginx of the tests' own: HTTP/1.1 and, over TLS with a certificate made for it, HTTP/2.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "support/temp_dir.hpp"

namespace penstock::test {

/// Listens on loopback ports; serves when the constructor returns. Only the process started here is
/// ever signalled; it also ends when the test's process does, however that ends.
///
///   /who             "CONNECTION REQUESTS PROTOCOL RESUMED": the connection's serial number, the
///                    requests on it so far, HTTP/1.1 or HTTP/2.0, and "r" for a resumed session
///   /empty           204
///   /moved           302 to /who
///   /busy            503 with Retry-After: 7
///   /to?port=N       what a server on port N of this machine answers
///   /files/NAME      as they lie in files(), or were PUT there
class NginxServer {
 public:
  NginxServer();
  NginxServer(const NginxServer&) = delete;
  NginxServer& operator=(const NginxServer&) = delete;
  ~NginxServer();

  std::string http(std::string_view path) const;
  /// At "localhost", for which the certificate is.
  std::string https(std::string_view path) const;
  /// A forward proxy for http, which adds "Via: nginx" to its responses.
  std::string proxy() const;
  int tls_port() const { return tls_port_; }

  std::filesystem::path ca_file() const { return dir_ / "certificate.pem"; }
  std::filesystem::path files() const { return dir_ / "files"; }

 private:
  void make_certificate() const;
  void write_config() const;
  void wait_until_ready();
  [[noreturn]] void give_up() const;

  TempDir dir_;
  int port_;
  int tls_port_;
  int proxy_port_;
  pid_t pid_ = 0;
};

}  // namespace penstock::test
