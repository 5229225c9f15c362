#include "penstock/async/input_buffer.hpp"

#include <catch2/catch.hpp>

namespace penstock::test {
namespace {

using async::InputBuffer;

InputBuffer holding(std::string_view bytes) {
  InputBuffer buffer;
  buffer.append(bytes);
  return buffer;
}

TEST_CASE("an input buffer gives its bytes in order, in pieces of any size") {
  InputBuffer buffer = holding("abcdef");
  CHECK(buffer.take(2) == "ab");
  buffer.append("gh");
  CHECK(buffer.take(5) == "cdefg");
  CHECK(buffer.size() == 1);
  buffer.drop(1);
  CHECK(buffer.empty());
  CHECK(buffer.view().empty());
}

TEST_CASE("a delimiter is found though it came in two pieces") {
  InputBuffer buffer = holding("one\r");
  CHECK_FALSE(buffer.find("\r\n"));
  buffer.append("\ntwo\r\n");
  CHECK(buffer.find("\r\n") == 3U);
  buffer.drop(5);
  CHECK(buffer.find("\r\n") == 3U);
}

TEST_CASE("a byte that may begin a delimiter is not counted before it") {
  InputBuffer buffer = holding("one\r");
  CHECK_FALSE(buffer.find("\r\n"));
  CHECK(buffer.undelimited("\r\n") == 3);
  CHECK(holding("").undelimited("\r\n") == 0);
}

TEST_CASE("what was taken is not kept") {
  InputBuffer buffer;
  for (int i = 0; i < 1000; ++i) {
    buffer.append("0123456789");
    CHECK(buffer.take(9).size() == 9);
    buffer.drop(1);
    buffer.append("x");
    buffer.drop(1);
  }
  CHECK(buffer.empty());
}

}  // namespace
}  // namespace penstock::test
