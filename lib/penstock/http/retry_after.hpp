// Retry-After, in both of its forms (RFC 9110, section 10.2.3).
#pragma once

#include <chrono>
#include <optional>

#include "penstock/async/clock.hpp"
#include "penstock/http/headers.hpp"

namespace penstock::http {

/// How long the server asks to be left alone; nullopt when it does not, or not in a form that is
/// understood. A date is counted from the response's own Date, so that clocks which disagree do no
/// harm, or else from `now`; one that has passed is zero.
std::optional<async::Duration> retry_after(const Headers& headers,
                                           std::chrono::system_clock::time_point now);

}  // namespace penstock::http
