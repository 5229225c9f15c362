#include "penstock/log/format.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <iterator>

namespace penstock::log {

namespace {

template <class Integer>
void append_integer(std::string& out, Integer number) {
  std::array<char, 24> digits;
  out.append(digits.data(),
             std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void append_milliseconds(std::string& out, std::chrono::nanoseconds duration) {
  const std::int64_t total =
      std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  const std::uint64_t us =
      total < 0 ? 0 - static_cast<std::uint64_t>(total) : static_cast<std::uint64_t>(total);
  if (total < 0) out += '-';
  append_integer(out, us / 1000);
  if (us % 1000 == 0) return;
  out += '.';
  for (std::uint64_t rest = us % 1000, unit = 100; rest > 0; rest %= unit, unit /= 10) {
    out += static_cast<char>('0' + rest / unit);
  }
}

// JOURNAL_STREAM is `DEVICE:INODE` of the socket that systemd made standard error.
bool is_journal(int fd) {
  const char* const stream = std::getenv("JOURNAL_STREAM");
  struct stat status{};
  if (stream == nullptr || fstat(fd, &status) != 0) return false;
  return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

}  // namespace

void append_number(std::string& out, Value value) {
  switch (value.kind()) {
    case Value::Kind::kSigned:
      return append_integer(out, value.as_signed());
    case Value::Kind::kUnsigned:
      return append_integer(out, value.as_unsigned());
    case Value::Kind::kReal:
      fmt::format_to(std::back_inserter(out), "{}", value.as_real());
      return;
    case Value::Kind::kBool:
      out += value.as_bool() ? "true" : "false";
      return;
    case Value::Kind::kDuration:
      return append_milliseconds(out, value.as_duration());
    case Value::Kind::kText:
      break;
  }
}

Format resolve(Format format, int fd) {
  if (format != Format::kAuto) return format;
  if (is_journal(fd)) return Format::kJournald;
  return isatty(fd) == 1 ? Format::kConsole : Format::kJson;
}

bool wants_colour(int fd) {
  const char* const no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* const terminal = std::getenv("TERM");
  if (terminal != nullptr && std::string_view(terminal) == "dumb") return false;
  return isatty(fd) == 1;
}

void Renderer::render(std::string& out, Line& line) const {
  if (!instance.empty()) line.add_default("instance", instance);
  switch (format) {
    case Format::kLogfmt:
      return append_logfmt(out, line);
    case Format::kJson:
      return append_json(out, line);
    case Format::kJournald:
      return append_journald(out, line);
    case Format::kConsole:
    case Format::kAuto:
      return append_console(out, line, colour);
  }
}

}  // namespace penstock::log
