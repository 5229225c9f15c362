#include "daemon/commands/json.hpp"

#include <cstdio>

namespace penstock::commands {

void print_json(const Json& json) {
  std::puts(json.dump(-1, ' ', true, Json::error_handler_t::replace).c_str());
}

Json read_json(std::string_view text) {
  return Json::parse(text, nullptr, false);
}

std::string text_of(const Json& object, std::string_view name) {
  const auto found = object.find(std::string(name));
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::int64_t number_of(const Json& object, std::string_view name) {
  const auto found = object.find(std::string(name));
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

}  // namespace penstock::commands
