// A stream socket of libuv, TCP or unix, and how to get a connected one. What a Stream is made of;
// for those who want callbacks instead of tasks it is the end of the road.
#pragma once

#include <uv.h>

#include <string>
#include <variant>
#include <vector>

#include "penstock/async/fd.hpp"
#include "penstock/async/handle.hpp"
#include "penstock/async/ip_address.hpp"

namespace penstock::async {

using Socket = std::variant<Handle<uv_tcp_t>, Handle<uv_pipe_t>>;

/// The handle as libuv's functions on streams want it; null once it is closed.
uv_stream_t* stream_of(const Socket& socket) noexcept;
void close(Socket& socket) noexcept;

/// Connects to the first of `addresses` that answers; each has its share of the time that is left
/// before the deadline around the caller. With TCP_NODELAY: what is small is sent at once. Errors:
/// std::system_error of the last attempt, naming its address. Cancellation: at once.
/// REQUIRES: at least one address.
Task<Socket> open_tcp(std::vector<IpAddress> addresses);

/// Errors: std::system_error, naming `path`; one that is too long is refused, not cut.
/// Cancellation: at once.
Task<Socket> open_unix(std::string path);

/// Takes over a connected socket of the kernel. Errors: std::system_error; `fd` is closed then.
Socket adopt_tcp(Fd fd);
Socket adopt_unix(Fd fd);

/// A uv_alloc_cb: one large buffer for all reads of a thread, since what is read is taken out of it
/// before the next read begins.
void lend_read_buffer(uv_handle_t* handle, std::size_t suggested, uv_buf_t* buffer);

}  // namespace penstock::async
