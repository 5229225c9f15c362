#include <cstdio>
#include <string>

#include "daemon/commands/commands.hpp"
#include "daemon/commands/context.hpp"
#include "daemon/commands/exit_codes.hpp"
#include "daemon/config/loader.hpp"
#include "penstock/job/json_string.hpp"

namespace penstock::commands {
namespace {

std::string as_json(const std::vector<config::Diagnostic>& diagnostics) {
  std::string json =
      "{\"valid\":" + std::string(diagnostics.empty() ? "true" : "false") + ",\"errors\":[";
  for (const config::Diagnostic& diagnostic : diagnostics) {
    if (json.back() != '[') json += ',';
    json += "{\"file\":";
    job::json::append_quoted(json, diagnostic.file);
    json += ",\"line\":" + std::to_string(diagnostic.line) +
            ",\"column\":" + std::to_string(diagnostic.column) + ",\"path\":";
    job::json::append_quoted(json, diagnostic.path);
    json += ",\"message\":";
    job::json::append_quoted(json, diagnostic.message);
    json += '}';
  }
  return json + "]}";
}

}  // namespace

int check(const CheckOptions& options) {
  const auto loaded =
      config::load(options.config_file, config::process_environment(), config::Secrets::kCheck);
  const std::vector<config::Diagnostic> diagnostics =
      loaded ? std::vector<config::Diagnostic>() : loaded.error();
  if (options.json) {
    std::puts(as_json(diagnostics).c_str());
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
