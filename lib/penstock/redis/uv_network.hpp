// The real network: TCP and unix sockets as libuv streams, names resolved in libuv's threads.
//
// TCP_NODELAY, since commands leave in whole batches. A peer that vanishes without a word is found
// out by the kernel in about eight seconds: by keepalive probes when nothing is under way, by
// TCP_USER_TIMEOUT when something is. An idle connection costs this process nothing.
#pragma once

#include "penstock/redis/transport.hpp"

namespace penstock::redis {

class UvNetwork final : public Network {
 public:
  /// Tries each address that a name has, sharing the time there is among them.
  async::Task<std::unique_ptr<Transport>> connect(const Address& address) override;
};

}  // namespace penstock::redis
