#include "penstock/async/resolve.hpp"

#include <netinet/in.h>

#include <cstring>
#include <optional>

#include "penstock/async/loop.hpp"
#include "penstock/async/uv_request.hpp"

namespace penstock::async {
namespace {

/// A host given as digits needs no resolver, and no thread.
std::optional<sockaddr_storage> numeric(const std::string& host, std::uint16_t port) {
  sockaddr_storage address{};
  if (uv_ip4_addr(host.c_str(), port, reinterpret_cast<sockaddr_in*>(&address)) == 0 ||
      uv_ip6_addr(host.c_str(), port, reinterpret_cast<sockaddr_in6*>(&address)) == 0) {
    return address;
  }
  return std::nullopt;
}

Task<std::vector<sockaddr_storage>> look_up(const std::string& host, std::uint16_t port) {
  using Lookup = UvRequest<uv_getaddrinfo_t>;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  const std::string service = std::to_string(port);
  Lookup lookup([&](uv_getaddrinfo_t* request) {
    return uv_getaddrinfo(Loop::current().uv(), request, Lookup::completed, host.c_str(),
                          service.c_str(), &hints);
  });
  if (const int status = co_await lookup; status < 0)
    throw ResolveError("cannot resolve " + host + ": " + uv_strerror(status));
  std::vector<sockaddr_storage> addresses;
  for (const addrinfo* found = (*lookup).addrinfo; found != nullptr; found = found->ai_next) {
    std::memcpy(&addresses.emplace_back(), found->ai_addr, found->ai_addrlen);
  }
  co_return addresses;
}

}  // namespace

Task<std::vector<sockaddr_storage>> resolve(std::string host, std::uint16_t port) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (const auto digits = numeric(host, port)) co_return std::vector<sockaddr_storage>{*digits};
  // Whatever the resolver, or a machine without /etc/hosts, says (RFC 6761, section 6.3).
  if (host == "localhost") {
    co_return std::vector<sockaddr_storage>{*numeric("127.0.0.1", port), *numeric("::1", port)};
  }
  co_return co_await look_up(host, port);
}

}  // namespace penstock::async
