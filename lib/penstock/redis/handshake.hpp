// What is said first on a new connection, in one round trip: HELLO 2 with the credentials and the
// client's name, SELECT, and a PING that Redis refuses while it is loading.
#pragma once

#include <cstdint>
#include <string>

#include "penstock/async/task.hpp"
#include "penstock/redis/connection.hpp"
#include "penstock/redis/options.hpp"

namespace penstock::redis {

struct Greeting {
  std::int64_t id = 0;  // CLIENT ID
  std::string version;
  bool loading = false;
};

/// Introduces `connection` under `name`. Errors: Error; kReadOnly for a replica, kOther for a
/// version before 6.2.
async::Task<Greeting> shake_hands(Connection& connection, const Options& options, std::string name);

/// Whether Redis is still reading its data set. Errors: Error.
async::Task<bool> is_loading(Connection& connection);

}  // namespace penstock::redis
