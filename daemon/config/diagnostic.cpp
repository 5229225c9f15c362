#include "daemon/config/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/config/yaml/source.hpp"
#include "penstock/log/escape.hpp"

namespace penstock::config {
namespace {

// As much of a value as is needed to recognise it.
constexpr std::size_t kShown = 40;

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_control(c)) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

// Deeper keys than the schema's make longer paths, and their names may be of any length.
constexpr std::size_t kLongestPath = 200;

// Never inside a character: a continuation byte of UTF-8 is 10xxxxxx.
std::string_view cut(std::string_view text, std::size_t end) {
  if (text.size() <= end) return text;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

std::string format(const Diagnostic& diagnostic) {
  std::string out = printable(diagnostic.file);
  if (diagnostic.line > 0) out += fmt::format(":{}:{}", diagnostic.line, diagnostic.column);
  out += ": ";
  if (!diagnostic.path.empty()) out += printable(diagnostic.path) + ": ";
  out += printable(diagnostic.message);
  std::string safe;
  log::escape_plain(safe, out);
  return safe;
}

std::string shown(std::string_view text) {
  if (text.size() <= kShown) return '"' + printable(text) + '"';
  return '"' + printable(cut(text, kShown)) + "…\"";
}

std::string joined(std::span<const std::string_view> words) {
  std::string out;
  for (const std::string_view word : words) out += (out.empty() ? "" : ", ") + std::string(word);
  return out;
}

void Diagnostics::add(const Source& source, std::size_t offset, std::string_view path,
                      std::string message) {
  if (found_.size() == kMost) {
    ++left_out_;
  } else {
    add(source.place(offset), path, std::move(message));
  }
}

void Diagnostics::add(Place place, std::string_view path, std::string message) {
  if (found_.size() == kMost) {
    ++left_out_;
    return;
  }
  const auto after = std::ranges::upper_bound(
      found_, place, {}, [](const Diagnostic& d) { return Place{d.line, d.column}; });
  found_.insert(after, {file_, place.line, place.column, std::string(cut(path, kLongestPath)),
                        std::move(message)});
}

std::vector<Diagnostic> Diagnostics::take() {
  if (left_out_ > 0) {
    found_.push_back({file_, 0, 0, "", fmt::format("{} more errors are not shown", left_out_)});
  }
  return std::move(found_);
}

}  // namespace penstock::config
