#include "penstock/http/response.hpp"

#include "penstock/http/error.hpp"
#include "penstock/http/retry_after.hpp"

namespace penstock::http {

void Response::raise_for_status() const {
  if (ok()) return;
  const std::string what = label + ": status " + std::to_string(status);
  if (const auto delay = retry_after(headers, std::chrono::system_clock::now())) {
    throw TryLater(what, *this, *delay);
  }
  throw StatusError(what, *this);
}

}  // namespace penstock::http
