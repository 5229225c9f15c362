// The JSON that commands answer with and find in Redis.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace penstock::commands {

/// Members stay in the order in which they are added.
using Json = nlohmann::ordered_json;

/// One document, on one line of standard output, in ASCII: nothing in it steers a terminal. Bytes
/// that are no UTF-8 become U+FFFD.
void print_json(const Json& json);

/// What `text` says; nothing that has members if it is no JSON.
Json read_json(std::string_view text);

/// The member of that name; empty, or 0, if there is none of that type.
std::string text_of(const Json& object, std::string_view name);
std::int64_t number_of(const Json& object, std::string_view name);

}  // namespace penstock::commands
