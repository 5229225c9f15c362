#include "penstock/sql/target.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

namespace penstock::test {
namespace {

using sql::Target;

std::string refusal(const std::string& text) {
  try {
    Target::parse(text);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

TEST_CASE("an address names servers, and the rest is libpq's") {
  const Target target =
      Target::parse("postgresql://app:secret@db.example:5433/shop?sslmode=require");
  REQUIRE(target.servers().size() == 1);
  CHECK(target.servers()[0].host == "db.example");
  CHECK(target.servers()[0].port == 5433);
  CHECK(target.label() == "db.example:5433/shop");
  const auto has = [&](const char* name, const char* value) {
    for (const auto& [key, text] : target.parameters()) {
      if (key == name) return text == value;
    }
    return false;
  };
  CHECK(has("sslmode", "require"));
  CHECK(has("password", "secret"));
  CHECK(has("user", "app"));
}

TEST_CASE("several servers stand for one database") {
  const Target target = Target::parse("host=a,b port=1,2 dbname=d");
  CHECK(target.label() == "a:1,b:2/d");
  CHECK(Target::parse("host=a,b port=7 dbname=d").label() == "a:7,b:7/d");
}

TEST_CASE("a directory is a unix socket, and so is no host at all") {
  CHECK(Target::parse("host=/run/pg dbname=d").servers()[0].is_unix_socket());
  CHECK(Target::parse("postgresql://%2Frun%2Fpg/d").servers()[0].host == "/run/pg");
  CHECK(Target::parse("postgresql:///d").servers()[0].host == "/var/run/postgresql");
}

TEST_CASE("an address in digits is bracketed where it has colons") {
  CHECK(Target::parse("postgresql://[::1]:5433/d").label() == "[::1]:5433/d");
  CHECK(Target::parse("hostaddr=::1 dbname=d").label() == "[::1]:5432/d");
}

TEST_CASE("no refusal quotes what may be a password") {
  for (const char* text :
       {"postgresql://u:se@cret@host/d", "postgresql://u:secret/x@host/d",
        "postgresql://u:secret%zz@host/d", "postgresql://u:secret@host/d?nonsense=secret",
        "password=secret nonsense", "host=a port=secret", "secret"}) {
    INFO(text);
    const std::string why = refusal(text);
    CHECK_THAT(why, Catch::StartsWith("the address of the database: "));
    CHECK_THAT(why, !Catch::Contains("cret"));
  }
}

TEST_CASE("what is not offered is refused") {
  CHECK_THAT(refusal("service=x"), Catch::EndsWith("service files are not read"));
  CHECK_THAT(refusal("host=a,b port=1,2,3"), Catch::EndsWith("are not equally many"));
  CHECK_THAT(refusal("host=a port=70000"), Catch::Contains("from 1 to 65535"));
  CHECK_THAT(refusal("host=a target_session_attrs=prefer-standby"), Catch::EndsWith("not offered"));
}

}  // namespace
}  // namespace penstock::test
