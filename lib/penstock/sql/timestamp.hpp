// PostgreSQL's dates and times as text in the ISO style, its default.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace penstock::sql {

/// `2026-01-02 03:04:05.123456+05:30`, `0044-03-15 BC`, `infinity`: microseconds since 1970 in UTC,
/// which is also what is meant when no offset is given. The infinities are the ends of the type.
/// std::nullopt for anything else.
std::optional<std::chrono::microseconds> parse_timestamp(std::string_view text) noexcept;

}  // namespace penstock::sql
