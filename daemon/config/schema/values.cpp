#include "daemon/config/schema/values.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/config/nearest.hpp"
#include "daemon/config/units.hpp"

namespace penstock::config {
namespace {

// Reads by `parse`, complaining in its words.
template <class T>
std::optional<T> as(const Scope& at, std::string_view expected,
                    Parsed<T> (*parse)(std::string_view)) {
  const auto text = at.text(expected);
  if (!text) return std::nullopt;
  auto value = parse(text->text);
  if (!value) at.error(std::move(value.error()));
  return value ? std::optional<T>(*value) : std::nullopt;
}

template <class T, class Show>
std::optional<T> within(const Scope& at, std::optional<T> value, T least, T most, Show show) {
  if (value && (*value < least || *value > most)) {
    at.error(
        fmt::format("{} is out of range: write {} to {}", show(*value), show(least), show(most)));
    return std::nullopt;
  }
  return value;
}

// A value of the environment is no template: its braces stand for themselves.
std::string without_holes(std::string_view value) {
  std::string out;
  for (std::size_t at = 0; at < value.size(); ++at) {
    const bool opens = value.substr(at).starts_with("{{");
    out += opens ? "{{{{" : value.substr(at, 1);
    if (opens) ++at;
  }
  return out;
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace

std::optional<std::int64_t> as_integer(const Scope& at, std::int64_t least, std::int64_t most) {
  return within(at, as(at, "a whole number", &parse_integer), least, most,
                [](std::int64_t n) { return std::to_string(n); });
}

std::optional<std::chrono::milliseconds> as_duration(const Scope& at,
                                                     std::chrono::milliseconds least,
                                                     std::chrono::milliseconds most) {
  return within(at, as(at, "a duration such as 5s", &parse_duration), least, most,
                [](std::chrono::milliseconds d) { return to_text(d); });
}

std::optional<std::uint64_t> as_size(const Scope& at, std::uint64_t least, std::uint64_t most) {
  return within(at, as(at, "a size such as 64KiB", &parse_size), least, most, &to_text_size);
}

std::optional<double> as_share(const Scope& at) {
  return as(at, "a share such as 0.2 or 20%", &parse_share);
}

std::optional<std::string> as_string(const Scope& at) {
  auto text = at.text("a text");
  if (!text) return std::nullopt;
  const auto control = std::ranges::find_if(text->text, is_control);
  if (text->text.empty()) {
    at.error("is empty: write a value, or remove the key");
  } else if (text->text.size() > kLongestString) {
    at.error(fmt::format("is longer than {} bytes: shorten it", kLongestString));
  } else if (control != text->text.end()) {
    at.error_in(*text, static_cast<std::size_t>(control - text->text.begin()),
                "holds a control character: remove it");
  } else {
    return std::move(text->text);
  }
  return std::nullopt;
}

std::optional<std::string> as_path(const Scope& at) {
  auto path = as_string(at);
  if (!path || path->starts_with('/')) return path;
  at.error("is not an absolute path: begin it with /");
  return std::nullopt;
}

std::optional<job::Template> as_template(const Scope& at) {
  const auto text = at.text("a text, with {{…}} where a field of the job goes", &without_holes);
  if (!text) return std::nullopt;
  if (text->text.size() > kLongestArgument) {
    at.error(fmt::format("is longer than {} bytes, which no process can be given: shorten it",
                         kLongestArgument));
    return std::nullopt;
  }
  auto parsed = job::Template::parse(text->text);
  if (parsed) return std::move(*parsed);
  at.error_in(*text, parsed.error().offset, std::move(parsed.error().what));
  return std::nullopt;
}

std::optional<std::size_t> as_word(const Scope& at, std::span<const std::string_view> words) {
  const auto text = at.text(fmt::format("one of {}", joined(words)));
  if (!text) return std::nullopt;
  const auto found = std::ranges::find(words, text->text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  const std::string_view meant = nearest(text->text, words);
  at.error(meant.empty() ? fmt::format("{} is not one of {}", shown(text->text), joined(words))
                         : fmt::format("{}: did you mean {}? Known are {}", shown(text->text),
                                       meant, joined(words)));
  return std::nullopt;
}

}  // namespace penstock::config
