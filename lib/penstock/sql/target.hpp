// Target: which database, taken apart so far that libpq has nothing left to look up by itself: it
// would resolve names on the loop's thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock::sql {

class Target {
 public:
  /// One of several servers that may stand for the database.
  struct Server {
    std::string host;     // a name, digits, or the directory of a unix socket
    std::string address;  // digits, if they were given beside the name
    std::uint16_t port = 0;

    bool is_unix_socket() const noexcept { return host.starts_with('/') || host.starts_with('@'); }
  };

  /// Understands what libpq does: `postgresql://user:password@host:port/database?sslmode=…`, or
  /// `host=… dbname=…`, several hosts included; what is left out comes from libpq's environment
  /// variables and its defaults. Errors: std::invalid_argument, which does not quote the text.
  static Target parse(const std::string& text);

  const std::vector<Server>& servers() const noexcept { return servers_; }
  /// libpq's parameters without the hosts.
  const std::vector<std::pair<std::string, std::string>>& parameters() const noexcept {
    return parameters_;
  }
  /// `host:port/database`, as messages and the log have it.
  const std::string& label() const noexcept { return label_; }

 private:
  std::vector<Server> servers_;
  std::vector<std::pair<std::string, std::string>> parameters_;
  std::string label_;
};

}  // namespace penstock::sql
