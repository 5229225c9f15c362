#include "penstock/job/base64.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace penstock::job::base64 {
namespace {

std::string encode(std::string_view bytes) {
  std::string out;
  append(out, bytes);
  return out;
}

std::size_t bad_at(std::string_view text) {
  const auto decoded = decode(text);
  return decoded ? std::string::npos : decoded.error();
}

TEST_CASE("base64: the examples of RFC 4648") {
  CHECK(encode("") == "");
  CHECK(encode("f") == "Zg==");
  CHECK(encode("fo") == "Zm8=");
  CHECK(encode("foo") == "Zm9v");
  CHECK(encode("foobar") == "Zm9vYmFy");
  CHECK(encode("\xFB\xFF\xBF") == "+/+/");
}

TEST_CASE("base64: what was encoded decodes to the same bytes") {
  std::mt19937 random(4);
  for (std::size_t size = 0; size < 300; ++size) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    CHECK(decode(encode(bytes)) == bytes);
  }
}

TEST_CASE("base64: encoding appends") {
  std::string out = "before ";
  append(out, "foo");
  CHECK(out == "before Zm9v");
}

TEST_CASE("base64: the first character that does not belong is told") {
  CHECK(bad_at("Zm9v!m9v") == 4);
  CHECK(bad_at("Zm9vZm\nv") == 6);
  CHECK(bad_at("Zm9v-_==") == 4);
  CHECK(bad_at("Zm=vZm9v") == 2);
  CHECK(bad_at("Zm=v") == 2);
  CHECK(bad_at("====") == 0);
}

TEST_CASE("base64: padding is required") {
  CHECK(bad_at("Zg") == 2);
  CHECK(bad_at("Zg=") == 3);
  CHECK(bad_at("Zm9vZ") == 5);
}

TEST_CASE("base64: bits that no byte claims must be zero") {
  CHECK(bad_at("Zh==") == 1);
  CHECK(bad_at("Zm9=") == 2);
}

}  // namespace
}  // namespace penstock::job::base64
