#include "penstock/sql/result.hpp"

#include <cassert>
#include <charconv>
#include <string>

#include "penstock/sql/error.hpp"

namespace penstock::sql {

std::size_t Row::size() const noexcept {
  return static_cast<std::size_t>(PQnfields(result_.get()));
}

Field Row::field(std::size_t column) const {
  if (column >= size()) throw ConversionError({}, "there is no column " + std::to_string(column));
  const auto number = static_cast<int>(column);
  PGresult* result = result_.get();
  return {.text = {PQgetvalue(result, index_, number),
                   static_cast<std::size_t>(PQgetlength(result, index_, number))},
          .null = PQgetisnull(result, index_, number) != 0,
          .type = PQftype(result, number),
          .column = PQfname(result, number)};
}

/// As the server has it; PQfnumber() would fold the case of the name that is asked for.
std::size_t Row::column_number(std::string_view name) const {
  for (std::size_t column = 0; column < size(); ++column) {
    if (PQfname(result_.get(), static_cast<int>(column)) == name) return column;
  }
  throw ConversionError(name, "there is no such column");
}

void Row::expect_columns(std::size_t count) const {
  if (size() == count) return;
  throw ConversionError({}, "the row has " + std::to_string(size()) + " columns, and " +
                                std::to_string(count) + " were asked for");
}

Row Result::operator[](std::size_t index) const {
  assert(index < size());
  return {result_, static_cast<int>(index)};
}

std::uint64_t Result::affected() const noexcept {
  const std::string_view text = PQcmdTuples(result_.get());
  std::uint64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

std::string_view Result::column_name(std::size_t column) const noexcept {
  return PQfname(result_.get(), static_cast<int>(column));
}

}  // namespace penstock::sql
