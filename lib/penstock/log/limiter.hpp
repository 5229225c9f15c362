// Limiter: at most one line per period from one call site.
//
// What recurs while something is broken (a reconnect, a refused write) is written once, then
// counted, so that an outage of an hour is a handful of lines:
//
//   static log::Limiter limiter(30s);
//   limiter.write(log::Level::kWarning, "redis is away", {{"error", reason}});
#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "penstock/async/clock.hpp"
#include "penstock/log/value.hpp"

namespace penstock::log {

enum class Level : int;

class Limiter {
 public:
  using Now = async::TimePoint (*)();

  /// `now` tells the time; tests pass their own.
  explicit Limiter(async::Duration period, Now now = async::Clock::now) noexcept
      : period_(period), now_(now) {}
  Limiter(const Limiter&) = delete;
  Limiter& operator=(const Limiter&) = delete;

  /// Writes the line, or counts it when less than a period has passed since the last one written.
  /// A line after suppressed ones has `suppressed=n`. A disabled level neither writes nor counts.
  /// Thread-safe.
  void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});

  /// How many lines were suppressed since the last one written, if one may be written now; nothing,
  /// and one more to count, if not.
  std::optional<std::uint64_t> admit() noexcept;

 private:
  const async::Duration period_;
  const Now now_;
  std::atomic<async::Duration::rep> next_ =
      0;  // not before this, in ticks of the clock; 0 = any time
  std::atomic<std::uint64_t> suppressed_ = 0;
};

}  // namespace penstock::log
