#include "penstock/sql/types.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace penstock::sql::detail {
namespace {

constexpr std::array<std::pair<Oid, std::string_view>, 22> kNames{{
    {16, "bool"},        {17, "bytea"},         {18, "char"},       {19, "name"},
    {20, "int8"},        {21, "int2"},          {23, "int4"},       {25, "text"},
    {26, "oid"},         {114, "json"},         {700, "float4"},    {701, "float8"},
    {1042, "bpchar"},    {1043, "varchar"},     {1082, "date"},     {1083, "time"},
    {1114, "timestamp"}, {1184, "timestamptz"}, {1186, "interval"}, {1700, "numeric"},
    {2950, "uuid"},      {3802, "jsonb"},
}};

}  // namespace

std::string type_name(Oid type) {
  const auto* found = std::ranges::find(kNames, type, &std::pair<Oid, std::string_view>::first);
  return found == kNames.end() ? std::to_string(type) : std::string(found->second);
}

}  // namespace penstock::sql::detail
