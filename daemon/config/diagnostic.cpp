#include "daemon/config/diagnostic.hpp"

#include <algorithm>
#include <format>
#include <tuple>

namespace penstock::config {
namespace {

// As much of a value as is needed to recognise it.
constexpr std::size_t kShown = 40;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_control(c)) {
      out += std::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

// Never inside a character: a continuation byte of UTF-8 is 10xxxxxx.
std::string_view cut(std::string_view text) {
  std::size_t end = kShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

std::string format(const Diagnostic& diagnostic) {
  std::string out = printable(diagnostic.file);
  if (diagnostic.line > 0) out += std::format(":{}:{}", diagnostic.line, diagnostic.column);
  out += ": ";
  if (!diagnostic.path.empty()) out += printable(diagnostic.path) + ": ";
  return out + printable(diagnostic.message);
}

std::string quoted(std::string_view text) {
  if (text.size() <= kShown) return '"' + printable(text) + '"';
  return '"' + printable(cut(text)) + "…\"";
}

void Diagnostics::add(Place place, std::string_view path, std::string message) {
  if (found_.size() == kMost) {
    ++left_out_;
    return;
  }
  found_.push_back({file_, place.line, place.column, std::string(path), std::move(message)});
}

std::vector<Diagnostic> Diagnostics::take() {
  std::ranges::stable_sort(found_, {},
                           [](const Diagnostic& d) { return std::tuple(d.line, d.column); });
  if (left_out_ > 0) {
    found_.push_back({file_, 0, 0, "", std::format("{} more errors are not shown", left_out_)});
  }
  return std::move(found_);
}

}  // namespace penstock::config
