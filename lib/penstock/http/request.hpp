// Request: what is sent, and how long and how much may come back.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "penstock/async/clock.hpp"
#include "penstock/async/task.hpp"
#include "penstock/http/headers.hpp"

namespace penstock::http {

/// A body that is made while it is sent. `next` gives a piece at a time, then nullopt; it is asked
/// for the next one when the kernel has taken the last. What it throws ends the request and is
/// thrown by it. Cancellation: it is cancelled when the request ends before the body does.
struct Upload {
  std::function<async::Task<std::optional<std::string>>()> next;
  /// How many bytes that will be, in all: another number is an InvalidRequest. Without it the body
  /// is sent in chunks.
  std::optional<std::uint64_t> length = {};
};

using Body = std::variant<std::string, Upload>;

/// What is not set is as the session has it.
struct Request {
  std::string method = "GET";  // in capitals or not
  std::string url;
  /// Content-Length and Transfer-Encoding are the client's own to set.
  Headers headers = {};
  Body body = {};
  std::optional<async::Duration> timeout = {};
  std::optional<std::uint64_t> max_body = {};
  std::optional<unsigned> max_redirects = {};
  /// Asks for a body in gzip or deflate, and unpacks it; max_body counts what comes out.
  bool accept_compressed = false;
};

}  // namespace penstock::http
