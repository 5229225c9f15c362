// yaml-cpp's complaints in words that say what to do.
#pragma once

#include <string>
#include <string_view>

namespace penstock::config {

/// `complaint` is yaml-cpp's message, `line` the line it points at.
std::string syntax_error(std::string_view complaint, std::string_view line);

}  // namespace penstock::config
