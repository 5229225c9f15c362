#include "penstock/sql/field.hpp"

#include <array>
#include <cstdint>
#include <string>

#include "penstock/sql/error.hpp"
#include "penstock/sql/timestamp.hpp"
#include "penstock/sql/types.hpp"

namespace penstock::sql::detail {
namespace {

std::optional<unsigned> hex_digit(char digit) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(&digit, &digit + 1, value, 16);
  if (error != std::errc()) return std::nullopt;
  return value;
}

/// Takes an array's text apart: `{1,NULL,"a \"b\""}`.
class ArrayReader {
 public:
  explicit ArrayReader(const Field& field) : field_(field), rest_(field.text) {
    // Bounds that are not the usual ones stand before it: `[0:1]={1,2}`.
    if (rest_.starts_with('[')) rest_.remove_prefix(std::min(rest_.find('=') + 1, rest_.size()));
    expect('{');
  }

  void each(const std::function<void(const Field&)>& take) {
    if (next_is('}')) return;
    do {
      Field element{.type = field_.type, .column = field_.column};
      if (rest_.starts_with('"')) {
        element.text = quoted();
      } else {
        element.text = rest_.substr(0, rest_.find_first_of(",{}\""));
        if (element.text.empty()) refuse();
        rest_.remove_prefix(element.text.size());
        element.null = element.text == "NULL";
      }
      take(element);
    } while (next_is(','));
    expect('}');
  }

 private:
  [[noreturn]] void refuse() const { detail::refuse(field_, "an array of one dimension"); }
  bool next_is(char wanted) {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char wanted) {
    if (!next_is(wanted)) refuse();
  }

  std::string_view quoted() {
    buffer_.clear();
    for (expect('"'); !next_is('"'); rest_.remove_prefix(1)) {
      next_is('\\');
      if (rest_.empty()) refuse();
      buffer_ += rest_.front();
    }
    return buffer_;
  }

  const Field& field_;
  std::string_view rest_;
  std::string buffer_;
};

}  // namespace

void refuse(const Field& field, std::string_view wanted) {
  std::string type;
  if (field.type != 0) type = " (type " + type_name(field.type) + ")";
  throw ConversionError(field.column,
                        (field.null ? "NULL" : "the value") + type + " is not " +
                            (field.null ? "wanted: ask for std::optional" : std::string(wanted)));
}

bool read_bool(const Field& field) {
  if (field.text == "t" || field.text == "true") return true;
  if (field.text != "f" && field.text != "false") refuse(field, "a boolean");
  return false;
}

double read_double(const Field& field) {
  double value{};
  const char* const end = field.text.data() + field.text.size();
  const auto [stop, error] = std::from_chars(field.text.data(), end, value);
  if (error != std::errc() || stop != end) refuse(field, "a number");
  return value;
}

std::vector<std::byte> read_bytes(const Field& field) {
  std::string_view digits = field.text;
  if (!digits.starts_with("\\x") || digits.size() % 2 != 0) refuse(field, "a bytea");
  digits.remove_prefix(2);
  std::vector<std::byte> bytes;
  bytes.reserve(digits.size() / 2);
  for (; !digits.empty(); digits.remove_prefix(2)) {
    const auto high = hex_digit(digits[0]);
    const auto low = hex_digit(digits[1]);
    if (!high || !low) refuse(field, "a bytea");
    bytes.push_back(static_cast<std::byte>(*high << 4 | *low));
  }
  return bytes;
}

std::chrono::microseconds read_time(const Field& field) {
  const auto time = parse_timestamp(field.text);
  if (!time) refuse(field, "a time in ISO form");
  return *time;
}

void read_array(const Field& field, const std::function<void(const Field&)>& element) {
  ArrayReader(field).each(element);
}

}  // namespace penstock::sql::detail
