#include <catch2/catch.hpp>

#include <array>

#include "penstock/redis/command.hpp"

using namespace penstock::redis;
using namespace std::string_view_literals;

TEST_CASE("a command is an array of bulk strings") {
  std::string out;
  append_command(out, std::array{"LPUSH"sv, "orders"sv, ""sv});
  CHECK(out == "*3\r\n$5\r\nLPUSH\r\n$6\r\norders\r\n$0\r\n\r\n");
}

TEST_CASE("arguments may hold any bytes") {
  std::string out;
  append_command(out, std::array{"SET"sv, "\r\n\0$"sv});
  CHECK(out == "*2\r\n$3\r\nSET\r\n$4\r\n\r\n\0$\r\n"sv);
}
