// Connecting without blocking: names are resolved in libuv's threads, and libpq is given digits.
#pragma once

#include <string>

#include "penstock/async/task.hpp"
#include "penstock/sql/pq.hpp"
#include "penstock/sql/socket.hpp"
#include "penstock/sql/target.hpp"

namespace penstock::sql {

/// Connects `connection`, waiting on `socket`. Every server and every address is tried, sharing
/// the `patience` there is among them. Errors: ConnectionError, of the last one tried.
/// Cancellation: at once; `connection` is what there was by then.
async::Task<> dial(PqConnection& connection, Socket& socket, const Target& target,
                   async::Duration patience);

/// libpq's last message, its first line.
std::string message_of(const PGconn* connection);

}  // namespace penstock::sql
