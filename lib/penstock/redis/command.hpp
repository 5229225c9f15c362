// How commands look on the wire (RESP): an array of bulk strings, appended to a buffer of our own.
// hiredis' formatter makes a buffer of its own per command and takes six times as long.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "penstock/redis/call.hpp"

namespace penstock::redis {

/// Begins a command of `count` arguments.
void append_header(std::string& out, std::size_t count);
void append_argument(std::string& out, std::string_view argument);

void append_command(std::string& out, Arguments argv);

}  // namespace penstock::redis
