// Addresses of the public internet, told from all others.
#pragma once

#include <sys/socket.h>

namespace penstock::http {

/// True for a global unicast address of IPv4 or IPv6; false for this host, private and link-local
/// networks, the cloud's metadata services among them, shared and reserved ranges, multicast, and
/// IPv6 addresses that stand for such an IPv4 address. For SessionOptions::permit_address, where
/// URLs come from strangers:
///
///   http::Session session({.permit_address = http::is_public});
bool is_public(const sockaddr& address) noexcept;

}  // namespace penstock::http
