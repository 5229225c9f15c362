// A request as options of a libcurl handle.
#pragma once

#include "penstock/http/curl.hpp"
#include "penstock/http/message.hpp"
#include "penstock/http/options.hpp"

namespace penstock::http {

/// Prepares `easy` to send `request`, which must outlive it; the list that is returned must, too.
/// Alone: with no other request on its connection.
[[nodiscard]] HeaderList configure(CURL* easy, const SessionOptions& options,
                                   const Checked& request, bool alone);

}  // namespace penstock::http
