// URLs of Redis: every part within its bounds, and no complaint that quotes the URL.
#include "daemon/config/redis_url.hpp"
#include "fuzz.hpp"

using namespace penstock::config;
using penstock::fuzz::expect;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = penstock::fuzz::text_of(data, size);
  const auto url = parse_redis_url(text);
  if (!url) {
    expect(!url.error().empty());
    return 0;
  }
  const bool socket = url->scheme == RedisUrl::Scheme::kUnix;
  expect(socket == url->hosts.empty() && socket != url->socket.empty());
  expect(url->database >= 0);
  for (const RedisUrl::Host& host : url->hosts) expect(!host.name.empty() && host.port != 0);
  return 0;
}
