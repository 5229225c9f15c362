#include "penstock/log/timestamp.hpp"

#include <ctime>

namespace penstock::log {

namespace {

void append_digits(std::string& out, unsigned number, std::size_t width) {
  const std::size_t begin = out.size();
  out.resize(begin + width);
  for (std::size_t i = width; i > 0; --i, number /= 10) {
    out[begin + i - 1] = static_cast<char>('0' + number % 10);
  }
}

void append_hms(std::string& out, unsigned hours, unsigned minutes, unsigned seconds) {
  append_digits(out, hours, 2);
  out += ':';
  append_digits(out, minutes, 2);
  out += ':';
  append_digits(out, seconds, 2);
  out += '.';
}

}  // namespace

void append_rfc3339(std::string& out, std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss of_day{floor<microseconds>(time - day)};
  append_digits(out, static_cast<unsigned>(int{date.year()}), 4);
  out += '-';
  append_digits(out, unsigned{date.month()}, 2);
  out += '-';
  append_digits(out, unsigned{date.day()}, 2);
  out += 'T';
  append_hms(out, static_cast<unsigned>(of_day.hours().count()),
             static_cast<unsigned>(of_day.minutes().count()),
             static_cast<unsigned>(of_day.seconds().count()));
  append_digits(out, static_cast<unsigned>(of_day.subseconds().count()), 6);
  out += 'Z';
}

void append_time_of_day(std::string& out, std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  const std::time_t seconds = system_clock::to_time_t(floor<std::chrono::seconds>(time));
  std::tm local{};
  localtime_r(&seconds, &local);
  append_hms(out, static_cast<unsigned>(local.tm_hour), static_cast<unsigned>(local.tm_min),
             static_cast<unsigned>(local.tm_sec));
  const auto fraction = time - floor<std::chrono::seconds>(time);
  append_digits(out, static_cast<unsigned>(floor<milliseconds>(fraction).count()), 3);
}

}  // namespace penstock::log
