#include "penstock/async/ip_address.hpp"

#include <netinet/in.h>
#include <uv.h>

#include <array>
#include <cstring>

#include "penstock/async/loop.hpp"
#include "penstock/async/uv_error.hpp"
#include "penstock/async/uv_request.hpp"

namespace penstock::async {
namespace {

Task<std::vector<IpAddress>> look_up(const std::string& host, std::uint16_t port) {
  using Lookup = UvRequest<uv_getaddrinfo_t>;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  const std::string service = std::to_string(port);
  Lookup lookup([&](uv_getaddrinfo_t* request) {
    return uv_getaddrinfo(Loop::current().uv(), request, Lookup::completed, host.c_str(),
                          service.c_str(), &hints);
  });
  check_uv(co_await lookup, "cannot resolve " + host);
  std::vector<IpAddress> addresses;
  for (const addrinfo* found = (*lookup).addrinfo; found != nullptr; found = found->ai_next)
    addresses.emplace_back(*found->ai_addr);
  co_return addresses;
}

}  // namespace

IpAddress::IpAddress(const sockaddr& address) noexcept {
  storage_.ss_family = address.sa_family;
  std::memcpy(&storage_, &address, size());
}

std::optional<IpAddress> IpAddress::parse(const std::string& digits, std::uint16_t port) noexcept {
  IpAddress address;
  if (uv_ip4_addr(digits.c_str(), port, reinterpret_cast<sockaddr_in*>(&address.storage_)) == 0 ||
      uv_ip6_addr(digits.c_str(), port, reinterpret_cast<sockaddr_in6*>(&address.storage_)) == 0) {
    return address;
  }
  return std::nullopt;
}

socklen_t IpAddress::size() const noexcept {
  return storage_.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

std::uint16_t IpAddress::port() const noexcept {
  // The port stands at the same place in both kinds.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&storage_)->sin_port);
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> digits{};
  if (storage_.ss_family == AF_INET6) {
    uv_ip6_name(reinterpret_cast<const sockaddr_in6*>(&storage_), digits.data(), digits.size());
    return '[' + std::string(digits.data()) + "]:" + std::to_string(port());
  }
  uv_ip4_name(reinterpret_cast<const sockaddr_in*>(&storage_), digits.data(), digits.size());
  return std::string(digits.data()) + ':' + std::to_string(port());
}

Task<std::vector<IpAddress>> resolve(std::string host, std::uint16_t port) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (const auto digits = IpAddress::parse(host, port)) {
    co_return std::vector<IpAddress>{*digits};
  }
  // Whatever the resolver, or a machine without /etc/hosts, says (RFC 6761, section 6.3).
  if (host == "localhost") {
    co_return std::vector<IpAddress>{*IpAddress::parse("127.0.0.1", port),
                                     *IpAddress::parse("::1", port)};
  }
  co_return co_await look_up(host, port);
}

}  // namespace penstock::async
