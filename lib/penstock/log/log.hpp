// The log: one line per event, tagged with what it is about, never waiting for whoever reads it.
//
//   log::info("done", {{"duration_ms", elapsed}});
//
// writes, under the scope of a job, `… level=info msg=done queue=orders job=01J… attempt=1
// duration_ms=12.5`.
//
// The caller renders the line into a bounded spool, and a thread writes the spool out. When the
// reader stalls, the oldest lines are dropped and counted, and the count is logged once lines flow
// again. No byte of a message or a value can begin a new line, hide one or reach a terminal as a
// control sequence. Deliberately absent: format strings (the varying parts of an event are fields),
// and log files of its own (standard error or the journal).
//
// All functions may be called from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "penstock/log/limiter.hpp"
#include "penstock/log/tags.hpp"
#include "penstock/log/value.hpp"

namespace penstock::log {

enum class Level : int { kTrace, kDebug, kInfo, kWarning, kError, kOff };

/// `trace`, `debug`, `info`, `warning`, `error`, `off`; `warn` is understood too.
std::optional<Level> level_from_string(std::string_view name) noexcept;
std::string_view to_string(Level level) noexcept;

/// kAuto is journald under systemd (JOURNAL_STREAM names the descriptor), console on a terminal,
/// json otherwise.
enum class Format { kAuto, kConsole, kLogfmt, kJson, kJournald };

/// `auto`, `console`, `logfmt`, `json`, `journald`.
std::optional<Format> format_from_string(std::string_view name) noexcept;
std::string_view to_string(Format format) noexcept;

namespace detail {
inline std::atomic<Level> threshold = Level::kInfo;
}  // namespace detail

/// True if a line of this level would be written.
inline bool enabled(Level level) noexcept {
  return level >= detail::threshold.load(std::memory_order_relaxed);
}

/// Writes a line if `level` is enabled. A field replaces a tag of the same key; `ts`, `level` and
/// `msg` are written as `ts_`, `level_` and `msg_`. Values beyond 2 KiB and messages beyond 8 KiB
/// are cut, with `…(+n)` for the bytes that are missing; of more than 40 fields, or 16 KiB of them,
/// the rest is left out and counted as `fields_cut`. Never waits for the reader, once start() was
/// called.
void write(Level level, std::string_view message, std::span<const Field> fields);

inline void write(Level level, std::string_view message, std::initializer_list<Field> fields = {}) {
  if (enabled(level)) write(level, message, std::span(fields.begin(), fields.size()));
}
inline void trace(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::kTrace, message, fields);
}
inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::kDebug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::kInfo, message, fields);
}
inline void warning(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::kWarning, message, fields);
}
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::kError, message, fields);
}

struct Options {
  Level level = Level::kInfo;
  Format format = Format::kAuto;
  /// Where lines go, and what kAuto looks at. A duplicate is kept: closing it later is harmless.
  int fd = 2;
  /// The `instance` tag of every line; empty for none.
  std::string instance = {};
  /// Lines that may wait for a slow reader, in bytes; beyond it the oldest are dropped.
  std::size_t spool_bytes = std::size_t{1} << 20;
  /// How long stop() may take to write out what is left.
  std::chrono::milliseconds stop_patience{1000};
  std::string journal_socket = "/run/systemd/journal/socket";
};

/// Starts the writing thread; one caller at a time, as for stop(). Before it, lines go to standard
/// error in the console format, written by the caller. Started again, it stops first. Errors:
/// std::system_error when no thread is to be had.
void start(const Options& options);

/// Takes effect on the next line; also before start() and after stop().
void set_level(Level level) noexcept;

/// Writes out what is left, for at most stop_patience; what is left then is dropped. Later lines
/// are written by the caller, if that is possible without waiting.
void stop() noexcept;

struct Stats {
  std::uint64_t lines = 0;    ///< written by callers
  std::uint64_t dropped = 0;  ///< of those, lost to a stalled or vanished reader
  std::size_t pending = 0;    ///< bytes not yet written
  /// Grows while the writing thread has something to do and is alive, stalled reader or not. A
  /// watchdog that twice finds `pending` above 0 and the same count has found the thread stuck.
  std::uint64_t beats = 0;
};
Stats stats() noexcept;

}  // namespace penstock::log
