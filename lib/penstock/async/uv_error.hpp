// The errors of libuv as std::system_error.
#pragma once

#include <string>
#include <system_error>

namespace penstock::async {

/// The category of libuv's statuses, which are negative: of failed system calls and of the
/// resolver. A code equals the std::errc that means the same, so ask
/// `error.code() == std::errc::connection_refused`.
const std::error_category& uv_category() noexcept;

/// Throws std::system_error, with `what` in front of the reason, if `status` is negative.
inline void check_uv(int status, const std::string& what) {
  if (status < 0) throw std::system_error(status, uv_category(), what);
}

}  // namespace penstock::async
