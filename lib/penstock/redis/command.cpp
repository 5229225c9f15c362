#include "penstock/redis/command.hpp"

#include <array>
#include <charconv>
#include <iterator>

namespace penstock::redis {
namespace {

void append_length(std::string& out, char kind, std::size_t length) {
  std::array<char, 24> line;
  line[0] = kind;
  char* end = std::to_chars(line.data() + 1, line.data() + line.size() - 2, length).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out.append(line.data(), end);
}

}  // namespace

void append_header(std::string& out, std::size_t count) {
  append_length(out, '*', count);
}

void append_argument(std::string& out, std::string_view argument) {
  append_length(out, '$', argument.size());
  out.append(argument);
  out.append("\r\n", 2);
}

void append_command(std::string& out, Arguments argv) {
  append_header(out, argv.size());
  for (const std::string_view argument : argv) append_argument(out, argument);
}

}  // namespace penstock::redis
