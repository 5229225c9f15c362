#include "penstock/http/address.hpp"

#include <uv.h>
#include <catch2/catch.hpp>

#include <string>

namespace penstock::http {
namespace {

bool is_public(const std::string& digits) {
  sockaddr_storage address{};
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (uv_ip4_addr(digits.c_str(), 80, reinterpret_cast<sockaddr_in*>(generic)) != 0) {
    REQUIRE(uv_ip6_addr(digits.c_str(), 80, reinterpret_cast<sockaddr_in6*>(generic)) == 0);
  }
  return http::is_public(*generic);
}

TEST_CASE("an address of the internet is public") {
  for (const char* digits : {"1.1.1.1",
                             "8.8.8.8",
                             "9.255.255.255",
                             "11.0.0.0",
                             "100.63.255.255",
                             "100.128.0.0",
                             "126.255.255.255",
                             "128.0.0.0",
                             "169.253.255.255",
                             "172.15.255.255",
                             "172.32.0.0",
                             "192.167.255.255",
                             "192.169.0.0",
                             "198.17.255.255",
                             "198.20.0.0",
                             "223.255.255.255",
                             "2606:4700:4700::1111",
                             "2a00::1",
                             "2001:4860:4860::8888",
                             "::ffff:8.8.8.8",
                             "64:ff9b::8.8.8.8",
                             "2002:808:808::1"}) {
    INFO(digits);
    CHECK(is_public(digits));
  }
}

TEST_CASE("an address of this host, of a private network or of none is not public") {
  for (const char* digits : {"0.0.0.0",
                             "0.1.2.3",
                             "10.0.0.1",
                             "10.255.255.255",
                             "100.64.0.1",
                             "127.0.0.1",
                             "127.255.255.255",
                             "169.254.169.254",
                             "172.16.0.1",
                             "172.31.255.255",
                             "192.0.0.1",
                             "192.0.2.1",
                             "192.168.1.1",
                             "198.18.0.1",
                             "198.19.255.255",
                             "198.51.100.1",
                             "203.0.113.1",
                             "224.0.0.1",
                             "240.0.0.1",
                             "255.255.255.255",
                             "::",
                             "::1",
                             "fe80::1",
                             "fc00::1",
                             "fd00::1",
                             "fec0::1",
                             "ff02::1",
                             "2001:db8::1",
                             "2001::1",
                             "3fff:fff::1",
                             "100::1",
                             "5f00::1"}) {
    INFO(digits);
    CHECK_FALSE(is_public(digits));
  }
}

TEST_CASE("an IPv6 address that stands for an IPv4 address is as public as that") {
  for (const char* digits : {"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
                             "64:ff9b::169.254.169.254", "2002:7f00:1::1", "2002:a9fe:a9fe::1"}) {
    INFO(digits);
    CHECK_FALSE(is_public(digits));
  }
}

TEST_CASE("an address of neither family is not public") {
  const sockaddr address{.sa_family = AF_UNIX, .sa_data = {}};
  CHECK_FALSE(http::is_public(address));
}

}  // namespace
}  // namespace penstock::http
