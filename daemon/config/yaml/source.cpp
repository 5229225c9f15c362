#include "daemon/config/yaml/source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "daemon/config/yaml/utf8.hpp"

namespace penstock::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string reason(std::error_code error) {
  return std::generic_category().message(error.value());
}

// What no editor writes into a text file: C0 without tab and line ends, DEL, C1, and a byte order
// mark that is not the first.
bool is_control(char32_t code) {
  const bool c0 = code < 0x20 && code != '\t' && code != '\n';
  return c0 || (code >= 0x7f && code <= 0x9f) || code == 0xfeff;
}

bool is_utf16(std::string_view text) {
  return text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff");
}

std::string why_control(char32_t code) {
  if (code == 0) return "a NUL byte: this is not a text file; remove it";
  if (code == '\r')
    return "a carriage return without a line feed: save the file with Unix line ends";
  return fmt::format("control character U+{:04X}: remove it, or write it as an escape in \"…\"",
                     static_cast<unsigned>(code));
}

std::size_t first_control(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const Character c = first_character(text.substr(at));
    if (is_control(c.code) && !text.substr(at).starts_with("\r\n")) return at;
    at += c.bytes;
  }
  return std::string_view::npos;
}

std::size_t first_directive(std::string_view text) {
  if (text.starts_with('%')) return 0;
  const std::size_t at = text.find("\n%");
  return at == std::string_view::npos ? at : at + 1;
}

}  // namespace

Source::Source(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)) {
  if (text_.starts_with(kByteOrderMark)) text_.erase(0, kByteOrderMark.size());
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
  }
}

std::size_t Source::line_index(std::size_t offset) const {
  const auto after = std::ranges::upper_bound(line_starts_, offset);
  return static_cast<std::size_t>(after - line_starts_.begin()) - 1;
}

Place Source::place(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const std::size_t line = line_index(offset);
  const std::string_view before =
      std::string_view(text_).substr(line_starts_[line], offset - line_starts_[line]);
  const auto characters = std::ranges::count_if(
      before, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; });
  return {line + 1, static_cast<std::size_t>(characters) + 1};
}

std::string_view Source::line_around(std::size_t offset) const {
  const std::size_t start = line_starts_[line_index(std::min(offset, text_.size()))];
  const std::string_view rest = std::string_view(text_).substr(start);
  return rest.substr(0, rest.find_first_of("\r\n"));
}

std::expected<std::string, std::string> read_file(const std::filesystem::path& path,
                                                  std::size_t limit) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (error) return std::unexpected(reason(error));
  if (std::filesystem::is_directory(status)) return std::unexpected("is a directory, not a file");
  if (!std::filesystem::is_regular_file(status)) return std::unexpected("is not a regular file");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::unexpected(reason({errno, std::generic_category()}));
  std::string text(limit + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return std::unexpected("reading it failed");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > limit)
    return std::unexpected(fmt::format("is larger than {} KiB", limit / 1024));
  return text;
}

bool check_text(const Source& source, Diagnostics& diagnostics) {
  const std::string_view text = source.text();
  const auto refuse = [&](std::size_t offset, std::string message) {
    diagnostics.add(source, offset, "", std::move(message));
    return false;
  };
  if (is_utf16(text)) return refuse(0, "the file is UTF-16: save it as UTF-8");
  if (const std::size_t valid = valid_utf8_prefix(text); valid < text.size()) {
    return refuse(valid, "not valid UTF-8 here: save the file as UTF-8");
  }
  if (const std::size_t at = first_control(text); at != text.npos) {
    return refuse(at, why_control(first_character(text.substr(at)).code));
  }
  if (const std::size_t at = first_directive(text); at != text.npos) {
    return refuse(
        at, "a line that starts with % is a YAML directive, which is not used here: remove it");
  }
  return true;
}

}  // namespace penstock::config
