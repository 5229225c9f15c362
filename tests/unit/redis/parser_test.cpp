#include "penstock/redis/parser.hpp"

#include <catch2/catch.hpp>

#include <cstring>
#include <random>

#include "penstock/redis/error.hpp"
#include "support/redis_double.hpp"

using namespace penstock::redis;
using penstock::test::array;
using penstock::test::bulk;

namespace {

constexpr std::size_t kMegabyte = 1 << 20;

/// All replies in `bytes`, which arrive in pieces of `piece`.
std::vector<Reply> parse(std::string_view bytes, std::size_t piece = 4096,
                         std::size_t limit = kMegabyte) {
  Parser parser(limit);
  std::vector<Reply> replies;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    parser.parse(bytes.substr(at, piece), [&](Reply reply) {
      replies.push_back(std::move(reply));
      return true;
    });
  }
  return replies;
}

/// In the notation of redis-cli, roughly.
std::string show(const Reply& reply) {
  switch (reply.kind()) {
    case Reply::Kind::kNil:
      return "nil";
    case Reply::Kind::kInteger:
      return std::to_string(reply.integer());
    case Reply::Kind::kString:
      return '"' + reply.string() + '"';
    case Reply::Kind::kStatus:
      return reply.string();
    case Reply::Kind::kError:
      return "!" + reply.string();
    case Reply::Kind::kArray:
      break;
  }
  std::string text = "[";
  for (const Reply& element : reply.array()) text += show(element) + ",";
  return text + "]";
}

std::string nested(int depth) {
  std::string bytes;
  for (int i = 0; i < depth; ++i) bytes += "*1\r\n";
  return bytes + ":1\r\n";
}

const std::string kEverything =
    "+OK\r\n-ERR no\r\n:-42\r\n$-1\r\n*-1\r\n*0\r\n" + bulk("a\r\nb") +
    array({bulk(""), ":1\r\n", array({"$-1\r\n", "-E x\r\n"}), "+S\r\n"});

}  // namespace

TEST_CASE("every kind of reply is parsed") {
  std::string text;
  for (const Reply& reply : parse(kEverything)) text += show(reply) + " ";
  CHECK(text == "OK !ERR no -42 nil nil [] \"a\r\nb\" [\"\",1,[nil,!E x,],S,] ");
}

TEST_CASE("replies are the same however they arrive") {
  const auto whole = parse(kEverything);
  const std::size_t piece = GENERATE(range(std::size_t{1}, std::size_t{40}));
  const auto pieces = parse(kEverything, piece);
  REQUIRE(pieces.size() == whole.size());
  for (std::size_t i = 0; i < whole.size(); ++i) CHECK(show(pieces[i]) == show(whole[i]));
}

TEST_CASE("an array larger than what is reserved on its word keeps every element") {
  std::string bytes = "*3000\r\n";
  for (int i = 0; i < 1500; ++i) bytes += ":" + std::to_string(i) + "\r\n*2\r\n+a\r\n+b\r\n";
  const auto replies = parse(bytes);
  REQUIRE(replies.front().array().size() == 3000);
  CHECK(replies.front().array()[2998].integer() == 1499);
  CHECK(show(replies.front().array()[2999]) == "[a,b,]");
}

TEST_CASE("taking ends when the taker says so") {
  Parser parser(kMegabyte);
  int taken = 0;
  parser.parse("+a\r\n+b\r\n+c\r\n", [&](const Reply&) { return ++taken < 2; });
  CHECK(taken == 2);
}

TEST_CASE("what is not Redis' protocol is an error") {
  const auto bytes = GENERATE("HTTP/1.1 400 Bad Request\r\n", "\r\n", "\0", ":abc\r\n", "%1\r\n",
                              ">1\r\n", "*-7\r\n", "$-2\r\n", "*99999999999\r\n",
                              "$99999999999999999999\r\n", ":9223372036854775808\r\n");
  CAPTURE(bytes);
  try {
    parse(std::string_view(bytes, std::max<std::size_t>(1, std::strlen(bytes))));
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.failure() == Failure::kProtocol);
  }
}

TEST_CASE("nesting is followed to a depth of seven, and refused soon after") {
  CHECK(parse(nested(7)).size() == 1);
  CHECK_THROWS_AS(parse(nested(100000)), Error);
}

TEST_CASE("a length is not believed before its bytes have come") {
  CHECK(parse("$536870912\r\nfew").empty());
  CHECK(parse("*2147483647\r\n:1\r\n").empty());
}

TEST_CASE("a reply is bounded as it stands in memory") {
  const std::size_t limit = 10000;
  CHECK(parse(bulk(std::string(9000, 'x')), 512, limit).size() == 1);
  CHECK_THROWS_WITH(parse("$20000\r\n" + std::string(11000, 'x'), 512, limit),
                    "a reply is larger than 10000 bytes");
  std::string many_small = "*1000\r\n";
  for (int i = 0; i < 1000; ++i) many_small += ":1\r\n";
  CHECK_THROWS_AS(parse(many_small, 512, limit), Error);
  CHECK_THROWS_AS(parse("+" + std::string(11000, 'x'), 512, limit), Error);
}

TEST_CASE("the bound is of one reply, not of all") {
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += bulk(std::string(900, 'x'));
  CHECK(parse(bytes, 512, 1000).size() == 100);
}

TEST_CASE("no bytes whatever crash the parser") {
  std::mt19937 random(GENERATE(range(1u, 21u)));
  const std::string_view alphabet = "+-:$*%0123456789\r\n\r\n\r\n$-1a";
  for (int round = 0; round < 500; ++round) {
    std::string bytes = kEverything + bulk(std::string(300, 'y')) + kEverything;
    for (unsigned edits = 1 + random() % 8; edits > 0; --edits) {
      bytes[random() % bytes.size()] = alphabet[random() % alphabet.size()];
    }
    try {
      parse(bytes, 1 + random() % 64);
    } catch (const Error& error) {
      CHECK(error.failure() == Failure::kProtocol);
    }
  }
}
