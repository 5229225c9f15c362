#include "penstock/http/stream.hpp"

#include "penstock/http/bounded.hpp"
#include "penstock/http/response.hpp"
#include "penstock/http/transfer.hpp"

namespace penstock::http {
namespace {

/// What an error page may say of its cause.
constexpr std::size_t kMaxComplaint = std::size_t{64} * 1024;

}  // namespace

unsigned ResponseStream::status() const noexcept {
  return transfer_.status();
}

const Headers& ResponseStream::headers() const noexcept {
  return transfer_.headers();
}

async::Task<std::optional<std::string>> ResponseStream::read() {
  return bounded(patience_, request_.label, transfer_.read());
}

async::Task<> ResponseStream::raise_for_status() {
  Response response{
      .status = status(), .headers = headers(), .url = request_.url.text, .label = request_.label};
  if (response.ok()) co_return;
  while (response.body.size() < kMaxComplaint) {
    const std::optional<std::string> bytes = co_await read();
    if (!bytes) break;
    response.body += *bytes;
  }
  response.raise_for_status();
}

}  // namespace penstock::http
