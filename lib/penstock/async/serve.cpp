#include "penstock/async/serve.hpp"

#include <chrono>
#include <system_error>

#include "penstock/async/timeout.hpp"

namespace penstock::async {
namespace {

constexpr std::chrono::seconds kShortagePause{1};

/// True when accepting failed because this process or machine is out of something.
bool is_shortage(const std::error_code& code) noexcept {
  return code == std::errc::too_many_files_open ||
         code == std::errc::too_many_files_open_in_system || code == std::errc::no_buffer_space ||
         code == std::errc::not_enough_memory;
}

Task<> pause(Event& one_ended) {
  try {
    co_await with_timeout(kShortagePause, one_ended.wait());
  } catch (const Timeout&) {
    co_return;
  }
}

}  // namespace

Task<Stream> detail::accept_patiently(Listener& listener, Event& one_ended) {
  for (;;) {
    one_ended.clear();
    try {
      co_return co_await listener.accept();
    } catch (const std::system_error& error) {
      if (!is_shortage(error.code())) throw;
    }
    co_await pause(one_ended);
  }
}

}  // namespace penstock::async
