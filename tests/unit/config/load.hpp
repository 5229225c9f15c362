// A configuration out of the text of a test.
#pragma once

#include <string>
#include <vector>

#include "daemon/config/loader.hpp"

namespace penstock::config {

/// What the tests' environment holds.
inline Environment test_environment() {
  return {{"SET", "value"},        {"EMPTY", ""},
          {"WORD", "word"},        {"NUMBER", "7"},
          {"MAP", "{a: b}"},       {"HOLE", "{{name}}"},
          {"TRICKY", "x # y: [z"}, {"CREDENTIALS_DIRECTORY", "/run/credentials/penstock"}};
}

/// Each `LINE:COLUMN: path: message`; none if the text loads.
inline std::vector<std::string> complaints(const std::string& text) {
  std::vector<std::string> lines;
  const Loaded loaded = load_text("", text, test_environment(), Secrets::kCheck);
  if (loaded) return lines;
  for (const Diagnostic& diagnostic : loaded.error()) lines.push_back(format(diagnostic).substr(1));
  return lines;
}

/// The configuration. Errors: throws the first complaint, which fails the test with its words.
inline Config loaded(const std::string& text) {
  Loaded result = load_text("test.yaml", text, test_environment(), Secrets::kCheck);
  if (!result) throw std::runtime_error(format(result.error().front()));
  return *std::move(result);
}

/// The one queue of a configuration that says `keys` about it.
inline QueueConfig queue(const std::string& keys) {
  return loaded("queues: {q: {" + keys + "}}").queues.at(0);
}

}  // namespace penstock::config
