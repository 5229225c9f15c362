// Names of hosts, resolved in libuv's threads while the loop goes on.
//
// Deliberately absent: a cache (the system has one, and a name that moved is to be found at its new
// place) and sorting beyond getaddrinfo's.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "penstock/async/task.hpp"

namespace penstock::async {

/// "cannot resolve HOST: why".
class ResolveError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The addresses of `host`, in the order to be tried. Digits, with or without brackets, need no
/// resolver; `localhost` is this machine, whatever the resolver says. Errors: ResolveError.
/// Cancellation: at once.
Task<std::vector<sockaddr_storage>> resolve(std::string host, std::uint16_t port);

}  // namespace penstock::async
