// IpAddress: an IPv4 or IPv6 address with a port; and the names that stand for some.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "penstock/async/task.hpp"

namespace penstock::async {

class IpAddress {
 public:
  /// REQUIRES: an address of AF_INET or AF_INET6.
  explicit IpAddress(const sockaddr& address) noexcept;
  /// From digits alone, "127.0.0.1" or "::1"; std::nullopt for a name.
  static std::optional<IpAddress> parse(const std::string& digits, std::uint16_t port) noexcept;

  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const noexcept;
  std::uint16_t port() const noexcept;
  /// "127.0.0.1:80", "[::1]:80".
  std::string to_string() const;

 private:
  IpAddress() = default;
  sockaddr_storage storage_{};
};

/// The addresses of `host`, in the order to try them. Digits (IPv6 in brackets or not) and
/// "localhost" need no resolver; names go to the system's, in libuv's threads. Errors:
/// std::system_error that names the host. Cancellation: at once.
Task<std::vector<IpAddress>> resolve(std::string host, std::uint16_t port);

}  // namespace penstock::async
