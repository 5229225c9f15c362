#include "penstock/log/outlet.hpp"

#include <memory>

#include "penstock/log/fd_sink.hpp"
#include "penstock/log/journald_sink.hpp"

namespace penstock::log {

namespace {

spdlog::level::level_enum spdlog_level(Level level) noexcept {
  switch (level) {
    case Level::kTrace:
      return spdlog::level::trace;
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
    case Level::kOff:
      break;
  }
  return spdlog::level::off;
}

spdlog::sink_ptr make_sink(Format format, int fd, const std::string& journal_socket, Flow& flow) {
  auto sink = std::make_unique<FdSink>(fd, flow);
  if (format != Format::kJournald) return sink;
  return std::make_shared<JournaldSink>(journal_socket, std::move(sink), flow);
}

}  // namespace

Outlet::Outlet(Format format, int fd, const std::string& journal_socket)
    : logger_("penstock", make_sink(format, fd, journal_socket, flow_)) {
  logger_.set_level(spdlog::level::trace);  // whoever wrote a line has decided
}

void Outlet::put(Level level, std::string_view line) {
  logger_.log(spdlog::source_loc{}, spdlog_level(level),
              spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace penstock::log
