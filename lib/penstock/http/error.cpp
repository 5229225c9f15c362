#include "penstock/http/error.hpp"

#include <utility>

#include "penstock/http/response.hpp"

namespace penstock::http {
namespace {

bool may_pass(unsigned status) noexcept {
  switch (status) {
    case 408:  // Request Timeout
    case 425:  // Too Early
    case 429:  // Too Many Requests
      return true;
    case 501:  // Not Implemented
    case 505:  // HTTP Version Not Supported
      return false;
    default:
      return status >= 500;
  }
}

}  // namespace

StatusError::StatusError(const std::string& what, Response response)
    : Error(what, may_pass(response.status), true),
      response_(std::make_shared<const Response>(std::move(response))) {}

unsigned StatusError::status() const noexcept {
  return response_->status;
}

TryLater::TryLater(const std::string& what, Response response, async::Duration delay)
    : StatusError(what, std::move(response)), RetryAfter(delay) {}

bool is_transient(const std::exception& error) noexcept {
  const auto* ours = dynamic_cast<const Error*>(&error);
  return ours != nullptr && ours->transient();
}

}  // namespace penstock::http
