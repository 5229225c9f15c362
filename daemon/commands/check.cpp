#include <cstdio>
#include <vector>

#include "daemon/commands/commands.hpp"
#include "daemon/commands/context.hpp"
#include "daemon/commands/exit_codes.hpp"
#include "daemon/commands/json.hpp"
#include "daemon/config/loader.hpp"

namespace penstock::commands {
namespace {

Json as_json(const std::vector<config::Diagnostic>& diagnostics) {
  Json errors = Json::array();
  for (const config::Diagnostic& diagnostic : diagnostics) {
    errors.push_back({{"file", diagnostic.file},
                      {"line", diagnostic.line},
                      {"column", diagnostic.column},
                      {"path", diagnostic.path},
                      {"message", diagnostic.message}});
  }
  return {{"valid", diagnostics.empty()}, {"errors", std::move(errors)}};
}

}  // namespace

int check(const CheckOptions& options) {
  const auto loaded =
      config::load(options.config_file, config::process_environment(), config::Secrets::kCheck);
  const std::vector<config::Diagnostic> diagnostics =
      loaded ? std::vector<config::Diagnostic>() : loaded.error();
  if (options.json) {
    print_json(as_json(diagnostics));
  } else {
    for (const config::Diagnostic& diagnostic : diagnostics)
      std::fprintf(stderr, "%s\n", config::format(diagnostic).c_str());
    if (loaded && !options.quiet) {
      std::printf("%s: right, %zu queue%s\n", options.config_file.c_str(), loaded->queues.size(),
                  loaded->queues.size() == 1 ? "" : "s");
    }
  }
  return loaded ? kDone : kConfig;
}

}  // namespace penstock::commands
