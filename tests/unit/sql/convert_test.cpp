#include <cmath>
#include <limits>

#include "with_postgres.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;
using Bytes = std::vector<std::byte>;
template <class D>
using Time = std::chrono::sys_time<D>;
using Micro = Time<std::chrono::microseconds>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// `value`, sent as a parameter, stored as `type`, and read again.
template <class T>
Task<T> round_trip(sql::Session& session, const T& value, const char* type) {
  co_return co_await session.query_value<T>("select $1::" + std::string(type), value);
}

template <class T>
Task<> check(sql::Session& session, std::vector<T> values, const char* type) {
  for (const T& value : values) {
    CAPTURE(type, value);
    CHECK(co_await round_trip(session, value, type) == value);
    CHECK(co_await round_trip(session, std::optional<T>(value), type) == value);
  }
  CHECK(co_await round_trip(session, std::optional<T>(), type) == std::nullopt);
}

TEST_CASE("integers and booleans go there and back") {
  with_session([](sql::Session& session) -> Task<> {
    co_await check<std::int16_t>(session, {-32768, 0, 32767}, "int2");
    co_await check<std::int32_t>(session, {INT32_MIN, 0, INT32_MAX}, "int4");
    co_await check<std::int64_t>(session, {INT64_MIN, 0, INT64_MAX}, "int8");
    co_await check<std::uint8_t>(session, {0, 255}, "int2");
    co_await check<std::uint16_t>(session, {0, 65535}, "int4");
    co_await check<std::uint32_t>(session, {0, UINT32_MAX}, "int8");
    co_await check<std::size_t>(session, {0, INT64_MAX}, "int8");
    for (const bool value : {true, false})
      CHECK(co_await round_trip(session, value, "bool") == value);
  });
}

TEST_CASE("floating point goes there and back to the last bit") {
  with_session([](sql::Session& session) -> Task<> {
    co_await check<double>(session, {0.1, -1e308, 5e-324, 1.0 / 3, kInfinity, -kInfinity},
                           "float8");
    co_await check<float>(session, {0.1F, -3e38F, 1e-45F}, "float4");
    CHECK(std::isnan(co_await round_trip(session, std::nan(""), "float8")));
  });
}

TEST_CASE("text goes there and back, as whatever type the server takes it for") {
  with_session([](sql::Session& session) -> Task<> {
    co_await check<std::string>(session, {"", "a", "'\"\\%_$1;--", "žluťoučký kůň \U0001F40E"},
                                "text");
    CHECK(co_await session.query_value<std::string>("select $1::uuid",
                                                    "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11") ==
          "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    CHECK(co_await session.query_value<std::string>("select ($1::jsonb)->>'a'", R"({"a": "b"})") ==
          "b");
    CHECK(co_await session.query_value<std::string>("select $1::numeric * 2", "0.1") == "0.2");
    const std::string_view view = "view";
    CHECK(co_await session.query_value<std::string>("select $1", view) == "view");
  });
}

TEST_CASE("bytes go there and back, zeros included") {
  with_session([](sql::Session& session) -> Task<> {
    Bytes all;
    for (int i = 0; i < 256; ++i) all.push_back(static_cast<std::byte>(i));
    CHECK(co_await round_trip(session, all, "bytea") == all);
    CHECK((co_await round_trip(session, Bytes(), "bytea")).empty());
    CHECK(co_await session.query_value<int>("select length($1)", std::span<const std::byte>(all)) ==
          256);
  });
}

TEST_CASE("times go there and back in any time zone") {
  with_session([](sql::Session& session) -> Task<> {
    for (const char* zone : {"UTC", "Asia/Kathmandu", "America/St_Johns"}) {
      co_await session.query("select set_config('TimeZone', $1, false)", zone);
      for (const std::int64_t us :
           {std::int64_t{0}, std::int64_t{-1}, std::int64_t{951782400123456},
            std::int64_t{-62135596800000000}, std::int64_t{253402300799999999},
            std::int64_t{-3000000000000000}}) {
        const Micro time{std::chrono::microseconds(us)};
        CAPTURE(zone, us);
        CHECK((co_await round_trip(session, time, "timestamptz")).time_since_epoch().count() == us);
      }
    }
  });
}

TEST_CASE("a time is the moment that the server takes it for") {
  with_session([](sql::Session& session) -> Task<> {
    const Time<std::chrono::seconds> time = std::chrono::sys_days(2026y / 1 / 2) + 3h + 4min + 5s;
    CHECK(co_await session.query_value<std::string>(
              "select to_char($1 at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS')", time) ==
          "2026-01-02 03:04:05");
    CHECK(co_await session.query_value<Time<std::chrono::seconds>>(
              "select timestamptz '2026-01-02 03:04:05.9+00'") == time);
    CHECK(co_await session.query_value<Time<std::chrono::seconds>>(
              "select timestamp '2026-01-02 03:04:05'") == time);
    CHECK(co_await session.query_value<std::chrono::sys_days>(
              "select $1::date", std::chrono::sys_days(2026y / 1 / 2)) ==
          std::chrono::sys_days(2026y / 1 / 2));
    CHECK(co_await session.query_value<std::string>("select $1::text", Micro::max()) == "infinity");
    CHECK(co_await session.query_value<Micro>("select '-infinity'::timestamptz") == Micro::min());
  });
}

TEST_CASE("arrays go there and back") {
  with_session([](sql::Session& session) -> Task<> {
    using Words = std::vector<std::optional<std::string>>;
    const Words words{"", "a,b", "{}", "\"quoted\"", "back\\slash", "NULL", std::nullopt, " "};
    CHECK(co_await round_trip(session, words, "text[]") == words);
    const std::vector<int> numbers{1, -2, 3};
    CHECK(co_await round_trip(session, numbers, "int4[]") == numbers);
    CHECK((co_await round_trip(session, std::vector<int>(), "int4[]")).empty());
    CHECK(co_await session.query_value<std::vector<int>>("select '[5:6]={7,8}'::int[]") ==
          std::vector{7, 8});
    CHECK(co_await session.query_value<int>(
              "select count(*) from generate_series(1, 9) n where n = any($1)",
              std::vector<std::int64_t>{2, 4, 40}) == 2);
  });
}

/// The message of the error with which `sql` fails to be a T.
template <class T>
Task<std::string> refusal(sql::Session& session, std::string sql) {
  const auto error = co_await error_of<sql::ConversionError>(session.query_value<T>(sql));
  CHECK(error->column() == "c");
  co_return error->what();
}

TEST_CASE("what does not fit is refused, and the column named") {
  with_session([](sql::Session& session) -> Task<> {
    CHECK(co_await refusal<int>(session, "select null::int8 as c") ==
          "column \"c\": NULL (type int8) is not wanted: ask for std::optional");
    CHECK(co_await refusal<int>(session, "select 3000000000 as c") ==
          "column \"c\": the value (type int8) is not an integer of its size");
    co_await refusal<int>(session, "select 1.5 as c");
    co_await refusal<unsigned>(session, "select -1 as c");
    co_await refusal<int>(session, "select 'secret' as c");
    co_await refusal<bool>(session, "select 1 as c");
    co_await refusal<double>(session, "select '1x' as c");
    co_await refusal<Bytes>(session, "select 'text' as c");
    co_await refusal<Micro>(session, "select 'yesterday' as c");
    co_await refusal<std::vector<int>>(session, "select array[[1],[2]] as c");
    co_await refusal<Time<std::chrono::nanoseconds>>(session,
                                                     "select timestamptz '3000-01-01' as c");
  });
}

TEST_CASE("a value that no type of the server's holds is refused before it is sent") {
  with_session([](sql::Session& session) -> Task<> {
    CHECK_THROWS_AS(session.query("select $1", UINT64_MAX), std::out_of_range);
    CHECK_THROWS_AS(session.query("select $1", std::string("a\0b", 3)), std::invalid_argument);
    co_return;
  });
}

TEST_CASE("a column that is not there is named") {
  with_session([](sql::Session& session) -> Task<> {
    const sql::Row row = co_await session.query_one("select 1 as \"Upper\"");
    CHECK(row.get<int>("Upper") == 1);
    CHECK_THROWS_WITH(row.get<int>("upper"), "column \"upper\": there is no such column");
    CHECK_THROWS_WITH(row.get<int>(1), "there is no column 1");
  });
}

}  // namespace
}  // namespace penstock::test
