// The types of PostgreSQL that C++ values are sent as: numbers of pg_type, which never change.
#pragma once

#include <string>

#include "penstock/sql/field.hpp"

namespace penstock::sql::detail {

struct Type {
  Oid oid = 0;
  Oid array = 0;
};

/// The server decides from where the value stands: what a string is sent as, so that it may be a
/// uuid, a jsonb or an enum.
inline constexpr Type kAny{0, 0};
inline constexpr Type kBool{16, 1000};
inline constexpr Type kBytea{17, 1001};
inline constexpr Type kInt8{20, 1016};
inline constexpr Type kInt2{21, 1005};
inline constexpr Type kInt4{23, 1007};
inline constexpr Type kFloat4{700, 1021};
inline constexpr Type kFloat8{701, 1022};
inline constexpr Type kDate{1082, 1182};
inline constexpr Type kTimestamptz{1184, 1185};

/// For messages: `int8`, or the number of a type that is not among the usual.
std::string type_name(Oid type);

}  // namespace penstock::sql::detail
