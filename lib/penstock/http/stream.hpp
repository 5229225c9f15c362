// ResponseStream: a response whose body is read as it comes.
#pragma once

#include <optional>
#include <string>

#include "penstock/async/task.hpp"
#include "penstock/http/headers.hpp"

namespace penstock::http {

class Transfer;
struct Checked;

class ResponseStream {
 public:
  /// All three must outlive it. REQUIRES: the head is there.
  ResponseStream(Transfer& transfer, const Checked& request, async::Duration patience) noexcept
      : transfer_(transfer), request_(request), patience_(patience) {}

  unsigned status() const noexcept;
  const Headers& headers() const noexcept;

  /// The next bytes of the body, as many as have come; nullopt at its end. A server whose bytes
  /// nobody reads is held up. Errors: TimeoutError, ProtocolError, BodyTooLarge; each comes after
  /// what was received before it. Cancellation: at once; nothing is lost.
  async::Task<std::optional<std::string>> read();

  /// As Response::raise_for_status, with what the body begins with.
  async::Task<> raise_for_status();

 private:
  Transfer& transfer_;
  const Checked& request_;
  async::Duration patience_;
};

}  // namespace penstock::http
