#include "penstock/sql/timestamp.hpp"

#include <charconv>
#include <cstdint>

namespace penstock::sql {
namespace {

using std::chrono::microseconds;

/// Reads a text from its front. Once something was not as expected nothing is any more.
class Reader {
 public:
  explicit Reader(std::string_view text) noexcept : rest_(text) {}

  bool take(std::string_view wanted) noexcept {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(wanted.size());
    return true;
  }
  void expect(std::string_view wanted) noexcept { good_ = take(wanted) && good_; }

  /// Digits only; gives how many there were.
  int number(std::size_t least, std::size_t most, std::size_t* count = nullptr) noexcept {
    std::size_t digits = rest_.find_first_not_of("0123456789");
    if (digits == std::string_view::npos) digits = rest_.size();
    int value = 0;
    if (digits < least || digits > most) {
      good_ = false;
    } else {
      std::from_chars(rest_.data(), rest_.data() + digits, value);
      rest_.remove_prefix(digits);
    }
    if (count != nullptr) *count = digits;
    return value;
  }
  int number_to(std::size_t digits, int most) noexcept {
    const int value = number(digits, digits);
    good_ = good_ && value <= most;
    return value;
  }

  bool good() const noexcept { return good_; }
  bool at_end() const noexcept { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

microseconds fraction(Reader& reader) noexcept {
  if (!reader.take(".")) return microseconds(0);
  std::size_t digits = 0;
  int value = reader.number(1, 6, &digits);
  for (; digits < 6; ++digits) value *= 10;
  return microseconds(value);
}

microseconds time_of_day(Reader& reader) noexcept {
  const std::chrono::hours hours(reader.number_to(2, 24));
  reader.expect(":");
  const std::chrono::minutes minutes(reader.number_to(2, 59));
  reader.expect(":");
  const std::chrono::seconds seconds(reader.number_to(2, 60));
  return hours + minutes + seconds + fraction(reader);
}

/// `+05`, `-03:30`, `+01:02:03`; without one it is UTC.
std::chrono::seconds offset(Reader& reader) noexcept {
  const bool west = reader.take("-");
  if (!west && !reader.take("+")) return std::chrono::seconds(0);
  std::chrono::seconds east = std::chrono::hours(reader.number_to(2, 15));
  if (reader.take(":")) east += std::chrono::minutes(reader.number_to(2, 59));
  if (reader.take(":")) east += std::chrono::seconds(reader.number_to(2, 59));
  return west ? -east : east;
}

struct Date {
  int year;
  unsigned month;
  unsigned day;
};

Date date(Reader& reader) noexcept {
  const int year = reader.number(4, 6);
  reader.expect("-");
  const int month = reader.number_to(2, 12);
  reader.expect("-");
  return {year, static_cast<unsigned>(month), static_cast<unsigned>(reader.number_to(2, 31))};
}

/// Days since 1970 in the proleptic Gregorian calendar, for the years that std::chrono does not
/// have as well (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil).
std::chrono::days days_since_1970(Date date) noexcept {
  const int year = date.month <= 2 ? date.year - 1 : date.year;
  const int era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned month_from_march = date.month > 2 ? date.month - 3 : date.month + 9;
  const unsigned day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return std::chrono::days(era * 146097 + static_cast<int>(day_of_era) - 719468);
}

}  // namespace

std::optional<microseconds> parse_timestamp(std::string_view text) noexcept {
  if (text == "infinity") return microseconds::max();
  if (text == "-infinity") return microseconds::min();
  Reader reader(text);
  Date day = date(reader);
  microseconds time{};
  if (!reader.at_end() && !reader.take(" BC")) {
    reader.expect(" ");
    time = time_of_day(reader);
    time -= offset(reader);
    if (reader.take(" BC")) day.year = 1 - day.year;
  } else if (text.ends_with(" BC")) {
    day.year = 1 - day.year;
  }
  if (!reader.good() || !reader.at_end() || day.month == 0 || day.day == 0) return std::nullopt;
  return days_since_1970(day) + time;
}

}  // namespace penstock::sql
