#include <catch2/catch.hpp>

#include "penstock/redis/error.hpp"
#include "penstock/redis/reply.hpp"

using namespace penstock::redis;

TEST_CASE("a reply knows its kind") {
  CHECK(Reply().is_nil());
  CHECK(Reply(std::int64_t{7}).is_integer());
  CHECK(Reply(std::string("bytes")).is_string());
  CHECK(Reply::status("OK").is_status());
  CHECK(Reply::error("ERR").is_error());
  CHECK(Reply(Reply::Array{}).is_array());
}

TEST_CASE("the text of strings, statuses and errors is read and moved the same way") {
  Reply reply = Reply::status("OK");
  const std::string text = std::move(reply.string());
  CHECK(text == "OK");
  CHECK(Reply::error("ERR no").string() == "ERR no");
}

TEST_CASE("reading a reply as another kind is a protocol error, not a crash") {
  Reply reply(std::int64_t{7});
  CHECK_THROWS_WITH(reply.string(), "Redis answered with integer where a string was expected");
  CHECK_THROWS_AS(reply.array(), Error);
  CHECK_THROWS_AS(Reply().integer(), Error);
}

TEST_CASE("moving an array moves its elements, not their bytes") {
  Reply reply(Reply::Array{});
  reply.array().emplace_back(std::string(1000, 'x'));
  const char* bytes = reply.array().front().string().data();
  const Reply moved = std::move(reply);
  CHECK(moved.array().front().string().data() == bytes);
}
