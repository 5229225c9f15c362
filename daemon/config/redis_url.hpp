// Where Redis is, as one line.
//
//   redis://[USER[:PASSWORD]@]HOST[:PORT][/DB]
//   rediss://…                                                 the same over TLS
//   unix:///PATH/TO/SOCKET[?db=DB]                             also unix://USER:PASSWORD@/PATH
//   redis+sentinel://[USER[:PASSWORD]@]HOST[:PORT],…/NAME[/DB]
//
// USER and PASSWORD are percent-encoded where they hold one of : / @ ? # %
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/secret.hpp"
#include "daemon/config/units.hpp"

namespace penstock::config {

struct RedisUrl {
  enum class Scheme { kTcp, kTls, kUnix, kSentinel };

  struct Host {
    std::string name;
    std::uint16_t port = 0;
    friend bool operator==(const Host&, const Host&) = default;
  };

  Scheme scheme = Scheme::kTcp;
  std::vector<Host> hosts{{"127.0.0.1", 6379}};  ///< one, except with sentinels; none with a socket
  std::string socket;                            ///< of a unix URL
  std::string master;                            ///< the name that the sentinels know the master by
  int database = 0;
  std::string username;
  Secret password;
};

/// Errors: the rest of a sentence that begins with the key. It never quotes the URL, which may hold
/// a password.
Parsed<RedisUrl> parse_redis_url(std::string_view text);

}  // namespace penstock::config
