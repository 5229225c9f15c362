// Reads a configuration file: text, YAML, schema. Whatever is in the file, the answer is a
// configuration or everything that is wrong with it; no exception, no hang, no more memory than a
// small multiple of the file's.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "daemon/config/diagnostic.hpp"
#include "daemon/config/environment.hpp"
#include "daemon/config/model.hpp"
#include "daemon/config/secret.hpp"

namespace penstock::config {

using Loaded = std::expected<Config, std::vector<Diagnostic>>;

/// Reads the file at `path`, filling in `${NAME}` from `environment`.
/// Errors: at least one diagnostic, at most Diagnostics::kMost and one that counts the rest.
/// Order: diagnostics by their place in the file.
Loaded load(const std::filesystem::path& path, const Environment& environment,
            Secrets secrets = Secrets::kRead);

/// The same for a text at hand; `name` stands for the file in messages.
Loaded load_text(std::string name, std::string text, const Environment& environment,
                 Secrets secrets = Secrets::kRead);

}  // namespace penstock::config
