#include "penstock/http/address.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>

namespace penstock::http {
namespace {

struct Range4 {
  std::uint32_t network;
  unsigned prefix;
};

/// The IANA's registry of special-purpose addresses, as far as it is not globally reachable, and
/// multicast.
constexpr std::array<Range4, 15> kNotPublic4{{
    {0x00000000, 8},   // 0.0.0.0/8: this host
    {0x0a000000, 8},   // 10.0.0.0/8: private
    {0x64400000, 10},  // 100.64.0.0/10: shared, behind carriers' translators
    {0x7f000000, 8},   // 127.0.0.0/8: loopback
    {0xa9fe0000, 16},  // 169.254.0.0/16: link-local
    {0xac100000, 12},  // 172.16.0.0/12: private
    {0xc0000000, 24},  // 192.0.0.0/24: protocols
    {0xc0000200, 24},  // 192.0.2.0/24: documentation
    {0xc0586300, 24},  // 192.88.99.0/24: was 6to4 relays
    {0xc0a80000, 16},  // 192.168.0.0/16: private
    {0xc6120000, 15},  // 198.18.0.0/15: benchmarks
    {0xc6336400, 24},  // 198.51.100.0/24: documentation
    {0xcb007100, 24},  // 203.0.113.0/24: documentation
    {0xe0000000, 4},   // 224.0.0.0/4: multicast
    {0xf0000000, 4},   // 240.0.0.0/4: reserved, and broadcast
}};

bool is_public4(std::uint32_t address) noexcept {
  return std::ranges::none_of(kNotPublic4, [&](const Range4& range) {
    return (address ^ range.network) >> (32 - range.prefix) == 0;
  });
}

using Bytes6 = std::array<std::uint8_t, 16>;

bool starts_with(const Bytes6& address, std::initializer_list<std::uint8_t> prefix) noexcept {
  return std::ranges::equal(prefix, std::span(address).first(prefix.size()));
}

std::uint32_t word_at(const Bytes6& address, std::size_t at) noexcept {
  std::uint32_t word = 0;
  for (std::size_t i = at; i < at + 4; ++i) word = word << 8 | address[i];
  return word;
}

/// Of 2000::/3, which is all that is given out, but for what stands for something else.
bool is_public6(const Bytes6& address) noexcept {
  if (starts_with(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) {
    return is_public4(word_at(address, 12));  // ::ffff:0:0/96: IPv4, mapped
  }
  if (starts_with(address, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) {
    return is_public4(word_at(address, 12));  // 64:ff9b::/96: IPv4, behind a translator
  }
  if (starts_with(address, {0x20, 0x02})) return is_public4(word_at(address, 2));  // 6to4
  if (starts_with(address, {0x20, 0x01}) && address[2] < 2) return false;  // 2001::/23: protocols
  if (starts_with(address, {0x20, 0x01, 0x0d, 0xb8})) return false;        // documentation
  if (starts_with(address, {0x3f, 0xff}) && address[2] < 0x10) return false;  // documentation
  return address[0] >> 5 == 1;
}

}  // namespace

bool is_public(const sockaddr& address) noexcept {
  if (address.sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    return is_public4(ntohl(in.sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return false;
  Bytes6 bytes{};
  const auto* const base = reinterpret_cast<const std::uint8_t*>(&address);
  std::memcpy(bytes.data(), base + offsetof(sockaddr_in6, sin6_addr), bytes.size());
  return is_public6(bytes);
}

}  // namespace penstock::http
