#include <catch2/catch.hpp>

#include "penstock/log/log.hpp"

using namespace penstock;

TEST_CASE("every level and format has a name that is understood again", "[log]") {
  for (const char* name : {"trace", "debug", "info", "warning", "error", "off"}) {
    CHECK(to_string(log::level_from_string(name).value()) == name);
  }
  for (const char* name : {"auto", "console", "logfmt", "json", "journald"}) {
    CHECK(to_string(log::format_from_string(name).value()) == name);
  }
}

TEST_CASE("warn is another name of warning, and an unknown name is none", "[log]") {
  CHECK(log::level_from_string("warn") == log::Level::kWarning);
  CHECK_FALSE(log::level_from_string("INFO"));
  CHECK_FALSE(log::format_from_string(""));
}
