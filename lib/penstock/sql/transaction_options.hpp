// How a transaction is to be run.
#pragma once

#include <cstdint>

namespace penstock::sql {

enum class Isolation : std::uint8_t {
  kDefault,  ///< the database's own, usually read committed
  kReadCommitted,
  kRepeatableRead,
  kSerializable,
};

struct TransactionOptions {
  Isolation isolation = Isolation::kDefault;
  bool read_only = false;
  /// For a serializable, read-only one: waits for a snapshot that cannot fail.
  bool deferrable = false;

  bool operator==(const TransactionOptions&) const = default;
};

}  // namespace penstock::sql
