#include "penstock/sql/error.hpp"

#include <utility>

namespace penstock::sql {
namespace {

std::string told(const ServerError::Fields& fields) {
  return fields.message + " (" + fields.sqlstate + ")";
}

std::string told(std::string_view column, const std::string& what) {
  return column.empty() ? what : "column \"" + std::string(column) + "\": " + what;
}

}  // namespace

bool Error::transient() const noexcept {
  // 40: the transaction was rolled back; 53: too little memory, disk or connections.
  return sqlstate_class() == "40" || sqlstate_class() == "53" || lock_not_available();
}

ServerError::ServerError(Fields fields)
    : Error(told(fields), fields.sqlstate), fields_(std::move(fields)) {}

ConversionError::ConversionError(std::string_view column, const std::string& what)
    : Error(told(column, what)), column_(column) {}

bool serialization_failure(const std::exception& error) noexcept {
  const auto* ours = dynamic_cast<const Error*>(&error);
  return ours != nullptr && ours->serialization_failure();
}

bool transient(const std::exception& error) noexcept {
  const auto* ours = dynamic_cast<const Error*>(&error);
  return ours != nullptr && ours->transient();
}

}  // namespace penstock::sql
