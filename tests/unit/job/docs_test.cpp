// The documentation's table of keys.
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "penstock/job/scripts.hpp"

namespace penstock::job {
namespace {

TEST_CASE("the documentation lists every key of a queue") {
  std::ostringstream text;
  text << std::ifstream(PENSTOCK_SOURCE_DIR "/docs/1-a-job-from-push-to-end.md").rdbuf();
  const std::string table = text.str().substr(text.str().find("## Keys"));
  for (const std::string_view suffix : QueueKeys::kSuffixes) {
    INFO(suffix);
    CHECK(table.contains("`orders:" + std::string(suffix)));
  }
}

}  // namespace
}  // namespace penstock::job
