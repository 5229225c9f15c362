// What can go wrong with a request, told apart by type.
//
//   Error ─┬─ InvalidRequest    refused here
//          ├─ ConnectError ─┬─ TlsError         the certificate is wrong, or the handshake failed
//          │                └─ AddressRefused   SessionOptions::permit_address said no
//          ├─ TimeoutError      a time limit of the session or the request has passed
//          ├─ ProtocolError     cut off, reset, or not HTTP
//          ├─ RedirectError     a redirect that is not followed
//          ├─ BodyTooLarge      more than max_body
//          └─ StatusError ─── TryLater          with the time that Retry-After asks for
//
// Each message begins with the method and the URL, without user, password, query and fragment:
// those are where secrets are. A deadline of the caller's own ends in async::Timeout, as anywhere.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "penstock/async/retry.hpp"

namespace penstock::http {

struct Response;

class Error : public std::runtime_error {
 public:
  /// True when waiting and trying again is the right thing; false when somebody must mend something
  /// first.
  bool transient() const noexcept { return transient_; }
  /// True when the server may have acted on the request.
  bool may_have_run() const noexcept { return may_have_run_; }

 protected:
  Error(const std::string& what, bool transient, bool may_have_run)
      : std::runtime_error(what), transient_(transient), may_have_run_(may_have_run) {}

 private:
  bool transient_;
  bool may_have_run_;
};

/// Not a URL, another scheme than http and https, bytes that would forge a request; or an Upload of
/// another length than it had announced, a part of which was sent.
class InvalidRequest final : public Error {
 public:
  explicit InvalidRequest(const std::string& what, bool may_have_run = false)
      : Error(what, false, may_have_run) {}
};

/// The name does not resolve, nobody listens, or the proxy does not lead there.
class ConnectError : public Error {
 public:
  explicit ConnectError(const std::string& what, bool transient = true)
      : Error(what, transient, false) {}
};

/// Transient only when the handshake was broken off: a certificate that is wrong stays wrong.
class TlsError final : public ConnectError {
 public:
  using ConnectError::ConnectError;
};

class AddressRefused final : public ConnectError {
 public:
  explicit AddressRefused(const std::string& what) : ConnectError(what, false) {}
};

class TimeoutError final : public Error {
 public:
  TimeoutError(const std::string& what, bool may_have_run) : Error(what, true, may_have_run) {}
};

class ProtocolError final : public Error {
 public:
  explicit ProtocolError(const std::string& what) : Error(what, true, true) {}
};

/// Too many, to another scheme, or of a body that cannot be sent again.
class RedirectError final : public Error {
 public:
  explicit RedirectError(const std::string& what) : Error(what, false, true) {}
};

class BodyTooLarge final : public Error {
 public:
  explicit BodyTooLarge(const std::string& what) : Error(what, false, true) {}
};

/// The server answered with a status of 400 or more. Transient: 408, 425, 429, and those from 500
/// on that may pass.
class StatusError : public Error {
 public:
  StatusError(const std::string& what, Response response);

  unsigned status() const noexcept;
  const Response& response() const noexcept { return *response_; }

 private:
  std::shared_ptr<const Response> response_;  // shared, so that copying the error cannot throw
};

/// A StatusError with a Retry-After: async::retry waits at least so long.
class TryLater final : public StatusError, public async::RetryAfter {
 public:
  TryLater(const std::string& what, Response response, async::Duration delay);
};

/// For RetryPolicy::retryable: true for an Error that is transient().
bool is_transient(const std::exception& error) noexcept;

}  // namespace penstock::http
