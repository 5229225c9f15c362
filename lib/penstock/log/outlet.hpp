// Outlet: where rendered lines leave the process. A spdlog logger over the sink that the format
// asks for, and the Flow they share.
//
// Not thread-safe.
#pragma once

#include <spdlog/logger.h>

#include <string>
#include <string_view>

#include "penstock/log/flow.hpp"
#include "penstock/log/log.hpp"

namespace penstock::log {

class Outlet {
 public:
  /// `format` says whether lines are datagrams for the journal at `journal_socket`; the others go
  /// to `fd`, as does what the journal does not take. Keeps a duplicate of `fd`.
  Outlet(Format format, int fd, const std::string& journal_socket);
  Outlet(const Outlet&) = delete;
  Outlet& operator=(const Outlet&) = delete;

  /// Hands a line to the sink, which may keep it until flush(). Waits as long as flow() allows.
  void put(Level level, std::string_view line);
  void flush() { logger_.flush(); }

  Flow& flow() noexcept { return flow_; }
  const Flow& flow() const noexcept { return flow_; }

 private:
  Flow flow_;
  spdlog::logger logger_;
};

}  // namespace penstock::log
