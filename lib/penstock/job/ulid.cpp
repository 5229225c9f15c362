#include "penstock/job/ulid.hpp"

#include <array>
#include <memory>
#include <random>

namespace penstock::job {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kTimeLength = 10;
constexpr std::uint64_t kHalfMask = (std::uint64_t{1} << 40) - 1;
constexpr std::uint64_t kTimeMask = (std::uint64_t{1} << 48) - 1;

void write(char* to, std::size_t length, std::uint64_t value) {
  for (std::size_t i = length; i-- > 0; value >>= 5) to[i] = kDigits[value & 31];
}

}  // namespace

UlidGenerator UlidGenerator::of(Clock clock) {
  auto device = std::make_shared<std::random_device>();
  return {[device] { return std::uint64_t{(*device)()} << 32 | (*device)(); }, std::move(clock)};
}

UlidGenerator UlidGenerator::of_system() {
  return of([] { return std::chrono::floor<Time::duration>(std::chrono::system_clock::now()); });
}

std::string UlidGenerator::next() {
  const auto now = static_cast<std::uint64_t>(clock_().time_since_epoch().count()) & kTimeMask;
  if (now > milliseconds_) {
    milliseconds_ = now;
    high_ = random_() & kHalfMask;
    low_ = random_() & kHalfMask;
  } else {
    count_up();
  }
  std::string id(kUlidLength, '0');
  write(id.data(), kTimeLength, milliseconds_);
  write(id.data() + kTimeLength, 8, high_);
  write(id.data() + kTimeLength + 8, 8, low_);
  return id;
}

/// Past the last random value the count goes on into the next millisecond.
void UlidGenerator::count_up() noexcept {
  low_ = (low_ + 1) & kHalfMask;
  if (low_ != 0) return;
  high_ = (high_ + 1) & kHalfMask;
  if (high_ == 0) ++milliseconds_;
}

std::optional<Time> ulid_time(std::string_view text) {
  if (text.size() != kUlidLength || text[0] > '7') return std::nullopt;
  if (text.find_first_not_of(kDigits) != std::string_view::npos) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text.substr(0, kTimeLength)) value = value << 5 | kDigits.find(c);
  return Time(std::chrono::milliseconds(value));
}

}  // namespace penstock::job
