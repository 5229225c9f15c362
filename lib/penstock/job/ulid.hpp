// ULIDs (github.com/ulid/spec): 48 bits of milliseconds and 80 random bits, as 26 characters of
// Crockford's base 32 that sort by time of birth.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "penstock/job/time.hpp"

namespace penstock::job {

inline constexpr std::size_t kUlidLength = 26;

/// Order: each id sorts after every earlier one of the same generator, also within a millisecond
/// and when the clock steps back: the last id's random part is then counted up by one.
class UlidGenerator {
 public:
  using Random = std::function<std::uint64_t()>;
  using Clock = std::function<Time()>;

  UlidGenerator(Random random, Clock clock)
      : random_(std::move(random)), clock_(std::move(clock)) {}

  /// Fed by the kernel's random numbers and `clock`.
  static UlidGenerator of(Clock clock);
  /// The same with the system's clock.
  static UlidGenerator of_system();

  std::string next();

 private:
  void count_up() noexcept;

  Random random_;
  Clock clock_;
  std::uint64_t milliseconds_ = 0;
  std::uint64_t high_ = 0;  // the upper 40 of the random bits
  std::uint64_t low_ = 0;   // the lower 40
};

/// When the ULID was made; std::nullopt if `text` is not one in canonical spelling.
std::optional<Time> ulid_time(std::string_view text);

}  // namespace penstock::job
