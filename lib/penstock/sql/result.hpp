// Result: what a statement gave, all of it in memory; Row: one row of it, which keeps what it needs
// alive.
//
//   for (const sql::Row& row : result) use(row.get<std::int64_t>("id"), row.get<std::string>(1));
//   std::vector<User> users = result.as<User>();
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "penstock/sql/field.hpp"
#include "penstock/sql/pq.hpp"
#include "penstock/sql/record.hpp"

namespace penstock::sql {

namespace detail {

template <class T>
inline constexpr bool is_tuple = false;
template <class... Ts>
inline constexpr bool is_tuple<std::tuple<Ts...>> = true;

}  // namespace detail

class Row {
 public:
  Row(std::shared_ptr<PGresult> result, int index) noexcept
      : result_(std::move(result)), index_(index) {}

  /// How many columns.
  std::size_t size() const noexcept;

  /// The value in a column, by its number from 0 or by its name. A string_view lives as long as the
  /// row. Errors: ConversionError, which names the column; also when there is none such.
  template <class T>
  T get(std::size_t column) const {
    return read<T>(field(column));
  }
  template <class T>
  T get(std::string_view column) const {
    return read<T>(field(column_number(column)));
  }
  bool is_null(std::size_t column) const { return field(column).null; }
  bool is_null(std::string_view column) const { return field(column_number(column)).null; }

  /// All of it: as a std::tuple, as a struct whose fields stand in the order of the columns
  /// (record.hpp), or as the one value that there is. Errors: ConversionError; also when there are
  /// more columns than fields, or fewer.
  template <class T>
  T as() const;

  Field field(std::size_t column) const;

 private:
  std::size_t column_number(std::string_view name) const;
  void expect_columns(std::size_t count) const;

  template <class Tuple>
  void fill(Tuple fields) const {
    expect_columns(std::tuple_size_v<Tuple>);
    std::apply(
        [this](auto&... field) {
          std::size_t column = 0;
          ((field = this->template get<std::remove_reference_t<decltype(field)>>(column++)), ...);
        },
        fields);
  }

  std::shared_ptr<PGresult> result_;
  int index_;
};

template <class T>
T Row::as() const {
  if constexpr (std::is_same_v<T, Row>) {
    return *this;
  } else if constexpr (detail::is_tuple<T>) {
    T values;
    std::apply([this](auto&... value) { this->fill(std::tie(value...)); }, values);
    return values;
  } else if constexpr (Record<T>) {
    T record{};
    fill(fields_of(record));
    return record;
  } else {
    expect_columns(1);
    return get<T>(0);
  }
}

class Result {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Row;
    using difference_type = std::ptrdiff_t;

    Iterator(const Result& result, std::size_t index) noexcept : result_(&result), index_(index) {}
    Row operator*() const { return (*result_)[index_]; }
    Iterator& operator++() noexcept {
      ++index_;
      return *this;
    }
    bool operator==(const Iterator& other) const noexcept { return index_ == other.index_; }

   private:
    const Result* result_;
    std::size_t index_;
  };

  explicit Result(PqResult result) noexcept : result_(std::move(result)) {}

  std::size_t size() const noexcept { return static_cast<std::size_t>(PQntuples(result_.get())); }
  bool empty() const noexcept { return size() == 0; }
  /// REQUIRES: index < size().
  Row operator[](std::size_t index) const;

  /// How many rows were inserted, updated or deleted; for a select, how many it gave.
  std::uint64_t affected() const noexcept;

  std::size_t columns() const noexcept {
    return static_cast<std::size_t>(PQnfields(result_.get()));
  }
  std::string_view column_name(std::size_t column) const noexcept;

  /// Every row as Row::as<T>() has it.
  template <class T>
  std::vector<T> as() const {
    return map([](const Row& row) { return row.as<T>(); });
  }
  /// Every row as `make(row)` has it.
  template <class Make>
  auto map(Make make) const {
    std::vector<std::invoke_result_t<Make&, const Row&>> all;
    all.reserve(size());
    for (const Row& row : *this) all.push_back(make(row));
    return all;
  }

  Iterator begin() const noexcept { return {*this, 0}; }
  Iterator end() const noexcept { return {*this, size()}; }

 private:
  std::shared_ptr<PGresult> result_;
};

}  // namespace penstock::sql
