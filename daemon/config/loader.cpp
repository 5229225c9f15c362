#include "daemon/config/loader.hpp"

#include <fmt/format.h>

#include "daemon/config/schema/schema.hpp"
#include "daemon/config/yaml/document.hpp"
#include "daemon/config/yaml/source.hpp"

namespace penstock::config {
namespace {

Config read(const Source& source, const Environment& environment, Secrets secrets,
            Diagnostics& diagnostics) {
  if (!check_text(source, diagnostics)) return {};
  const auto document = parse(source, diagnostics);
  if (!document) return {};
  const Reading reading{source, environment, diagnostics, secrets};
  return read_config(Scope(reading, document->root()));
}

}  // namespace

Loaded load_text(std::string name, std::string text, const Environment& environment,
                 Secrets secrets) {
  Diagnostics diagnostics(name);
  const Source source(std::move(name), std::move(text));
  Config config = read(source, environment, secrets, diagnostics);
  if (!diagnostics.empty()) return std::unexpected(diagnostics.take());
  return config;
}

Loaded load(const std::filesystem::path& path, const Environment& environment, Secrets secrets) {
  auto text = read_file(path, kLargestFile);
  if (text) return load_text(path.string(), std::move(*text), environment, secrets);
  Diagnostics diagnostics(path.string());
  diagnostics.add({}, "", fmt::format("cannot be read: {}", text.error()));
  return std::unexpected(diagnostics.take());
}

}  // namespace penstock::config
