#include <algorithm>

#include "penstock/log/escape.hpp"
#include "penstock/log/format.hpp"
#include "penstock/log/timestamp.hpp"

namespace penstock::log {

namespace {

// Where the fields begin, if the message lets them.
constexpr std::size_t kMessageColumns = 32;

struct LevelStyle {
  std::string_view name;  // all of one width
  std::string_view colour;
};

LevelStyle style_of(Level level) noexcept {
  switch (level) {
    case Level::kTrace:
      return {"TRACE  ", "\x1b[2m"};
    case Level::kDebug:
      return {"DEBUG  ", "\x1b[36m"};
    case Level::kInfo:
      return {"INFO   ", "\x1b[32m"};
    case Level::kWarning:
      return {"WARNING", "\x1b[33m"};
    case Level::kError:
    case Level::kOff:
      break;
  }
  return {"ERROR  ", "\x1b[31m"};
}

constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kPlainColour = "\x1b[0m";

void append_coloured(std::string& out, std::string_view text, std::string_view colour, bool on) {
  if (on) out += colour;
  out += text;
  if (on) out += kPlainColour;
}

// Characters, as near as one gets to columns without a table of widths.
std::size_t columns(std::string_view text) noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

void append_message(std::string& out, std::string_view message) {
  const auto [kept, missing] = cut_to(message, kMaxMessageBytes);
  const std::size_t begin = out.size();
  escape_plain(out, kept);
  append_missing(out, missing);
  const std::size_t width = columns(std::string_view(out).substr(begin));
  if (width < kMessageColumns) out.append(kMessageColumns - width, ' ');
}

}  // namespace

void append_console(std::string& out, const Line& line, bool colour) {
  append_time_of_day(out, line.time());
  out += ' ';
  const LevelStyle style = style_of(line.level());
  append_coloured(out, style.name, style.colour, colour);
  out += ' ';
  append_message(out, line.message());
  line.for_each([&](std::string_view key, Value value) {
    out += ' ';
    if (colour) out += kDim;
    (out += key) += '=';
    if (colour) out += kPlainColour;
    append_logfmt_value(out, value);
  });
  out.erase(out.find_last_not_of(' ') + 1);
  out += '\n';
}

}  // namespace penstock::log
