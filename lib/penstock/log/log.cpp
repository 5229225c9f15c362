#include "penstock/log/log.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "penstock/log/logger.hpp"

namespace penstock::log {

namespace {

template <class T>
using Names = std::span<const std::pair<std::string_view, T>>;

constexpr std::array<std::pair<std::string_view, Level>, 7> kLevels = {{
    {"trace", Level::kTrace},
    {"debug", Level::kDebug},
    {"info", Level::kInfo},
    {"warning", Level::kWarning},
    {"error", Level::kError},
    {"off", Level::kOff},
    {"warn", Level::kWarning},
}};

constexpr std::array<std::pair<std::string_view, Format>, 5> kFormats = {{
    {"auto", Format::kAuto},
    {"console", Format::kConsole},
    {"logfmt", Format::kLogfmt},
    {"json", Format::kJson},
    {"journald", Format::kJournald},
}};

template <class T>
std::optional<T> value_of(Names<T> names, std::string_view name) noexcept {
  const auto found = std::ranges::find(names, name, &std::pair<std::string_view, T>::first);
  if (found == names.end()) return std::nullopt;
  return found->second;
}

template <class T>
std::string_view name_of(Names<T> names, T value) noexcept {
  return std::ranges::find(names, value, &std::pair<std::string_view, T>::second)->first;
}

}  // namespace

std::optional<Level> level_from_string(std::string_view name) noexcept {
  return value_of<Level>(kLevels, name);
}

std::string_view to_string(Level level) noexcept {
  return name_of<Level>(kLevels, level);
}

std::optional<Format> format_from_string(std::string_view name) noexcept {
  return value_of<Format>(kFormats, name);
}

std::string_view to_string(Format format) noexcept {
  return name_of<Format>(kFormats, format);
}

void write(Level level, std::string_view message, std::span<const Field> fields) {
  if (enabled(level) && level < Level::kOff) Logger::process().write(level, message, fields);
}

void start(const Options& options) {
  set_level(options.level);
  Logger::process().start(options);
}

void set_level(Level level) noexcept {
  detail::threshold.store(level, std::memory_order_relaxed);
}

void stop() noexcept {
  Logger::process().stop();
}

Stats stats() noexcept {
  return Logger::process().stats();
}

}  // namespace penstock::log
