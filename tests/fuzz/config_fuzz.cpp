// A configuration file, from its bytes to the schema: a configuration or what is wrong with it.
#include "daemon/config/loader.hpp"
#include "fuzz.hpp"

using namespace penstock::config;
using penstock::fuzz::expect;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Environment environment{{"SET", "value"}, {"EMPTY", ""}, {"TRICKY", "x # y: [z"}};
  const std::string text(penstock::fuzz::text_of(data, size));
  const Loaded loaded = load_text("fuzz.yaml", text, environment, Secrets::kCheck);
  if (loaded) return 0;
  expect(!loaded.error().empty() && loaded.error().size() <= Diagnostics::kMost + 1);
  for (const Diagnostic& diagnostic : loaded.error()) {
    const std::string line = format(diagnostic);
    for (const char c : line) expect(static_cast<unsigned char>(c) >= 0x20);
  }
  return 0;
}
