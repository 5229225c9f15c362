// Lines rendered without the process's logger, at a fixed time.
#pragma once

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>

#include "penstock/log/format.hpp"

namespace penstock::log::test {

/// 2025-11-25T17:12:03.000042Z.
inline constexpr std::chrono::system_clock::time_point kTime{
    std::chrono::microseconds{1'764'090'723'000'042}};

inline Line make_line(std::string_view message, std::initializer_list<Field> fields = {},
                      Level level = Level::kInfo) {
  Line line(level, message, kTime);
  for (const Field& field : fields) line.add(field.key, field.value);
  return line;
}

inline std::string rendered(Format format, Line line) {
  std::string text;
  Renderer{.format = format, .colour = false, .instance = {}}.render(text, line);
  return text;
}

inline std::string rendered(Format format, std::string_view message,
                            std::initializer_list<Field> fields = {}) {
  return rendered(format, make_line(message, fields));
}

/// `key=value key=value` of a line's fields.
inline std::string fields_of(const Line& line) {
  std::string text;
  line.for_each([&text](std::string_view key, Value value) {
    if (!text.empty()) text += ' ';
    (text += key) += '=';
    append_logfmt_value(text, value);
  });
  return text;
}

/// What a line written here would be tagged with.
inline std::string tags_here() {
  Line line = make_line("");
  line.add_context_tags();
  return fields_of(line);
}

}  // namespace penstock::log::test
