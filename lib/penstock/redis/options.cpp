#include "penstock/redis/options.hpp"

namespace penstock::redis {

std::string to_string(const Address& address) {
  if (address.is_unix_socket()) return address.path;
  const std::string port = ":" + std::to_string(address.port);
  const bool bare_ipv6 = address.host.contains(':') && !address.host.starts_with('[');
  return bare_ipv6 ? "[" + address.host + "]" + port : address.host + port;
}

}  // namespace penstock::redis
