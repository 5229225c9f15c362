#include "daemon/config/yaml/document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>

#include "daemon/config/yaml/syntax_error.hpp"
#include "daemon/config/yaml/tree_builder.hpp"

namespace penstock::config {
namespace {

void tell(const YAML::Exception& error, const TreeBuilder& builder, const Source& source,
          Diagnostics& diagnostics) {
  const auto offset = static_cast<std::size_t>(std::max(error.mark.pos, 0));
  std::string message = syntax_error(error.msg, source.line_around(offset));
  if (const auto opened = builder.innermost(); opened && message.contains("is not closed")) {
    const Place place = source.place(*opened);
    message += fmt::format(" (it opens in line {}, column {})", place.line, place.column);
  }
  diagnostics.add(source, offset, "", std::move(message));
}

// yaml-cpp counts spaces behind the last line end to a folded text before it.
std::string_view without_blank_end(std::string_view text) {
  const std::string_view trimmed = text.substr(0, text.find_last_not_of(" \t") + 1);
  return trimmed.ends_with('\n') ? trimmed : text;
}

}  // namespace

std::optional<Document> parse(const Source& source, Diagnostics& diagnostics) {
  std::istringstream in{std::string(without_blank_end(source.text()))};
  TreeBuilder builder(source, diagnostics);
  try {
    YAML::Parser parser(in);
    // What follows the first document must be nothing: the builder stops at the start of a second.
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.take();
  } catch (const TreeBuilder::Stop&) {
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    tell(error, builder, source, diagnostics);
    return std::nullopt;
  }
}

}  // namespace penstock::config
