// Logger: what stands behind the functions of log.hpp; the process has one.
//
//   direct ──start──▶ spooled ──stop──▶ direct
//
// Directly, a line is written by its caller: before the start with a second's patience, since there
// is no loop yet that it could hold up, and after the stop with none.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "penstock/log/format.hpp"
#include "penstock/log/outlet.hpp"
#include "penstock/log/writer.hpp"

namespace penstock::log {

class Logger {
 public:
  /// Direct, as text for a person, to `fd`.
  explicit Logger(int fd);
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;
  ~Logger() { stop(); }

  /// The process's own. Never destroyed, so that the last destructor can still log.
  static Logger& process();

  /// Writes a line whatever its level. Thread-safe, as stats() is.
  void write(Level level, std::string_view message, std::span<const Field> fields);
  void start(const Options& options);
  void stop() noexcept;
  Stats stats() const noexcept;

 private:
  void write_direct(Level level);

  mutable std::mutex mutex_;
  Renderer renderer_;  // guarded by mutex_, as all below
  std::string text_;   // the line being rendered; keeps its capacity
  std::unique_ptr<Outlet> direct_;
  std::chrono::milliseconds direct_patience_{1000};
  std::chrono::milliseconds stop_patience_{};
  std::unique_ptr<Writer> writer_;
  bool spooled_ = false;
  Stats ended_;  // of direct outlets and writers that are no more
  std::uint64_t lines_ = 0;
};

}  // namespace penstock::log
