#include "penstock/job/ulid.hpp"

#include <catch2/catch.hpp>
#include <set>

namespace penstock::job {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kAllBits = ~std::uint64_t{0};

/// A generator whose clock stands at `now` and whose random bits are all `bits`.
struct Fixture {
  Time now{milliseconds(1'764'000'000'500)};
  std::uint64_t bits = 0;
  UlidGenerator ulids{[this] { return bits; }, [this] { return now; }};
};

TEST_CASE_METHOD(Fixture, "ulid: 26 characters of Crockford's alphabet") {
  CHECK(ulids.next() == "01KAV9FTFM0000000000000000");
  bits = kAllBits;
  now += milliseconds(1);
  CHECK(ulids.next() == "01KAV9FTFNZZZZZZZZZZZZZZZZ");
}

TEST_CASE_METHOD(Fixture, "ulid: within a millisecond the random part counts up") {
  ulids.next();
  CHECK(ulids.next() == "01KAV9FTFM0000000000000001");
}

TEST_CASE_METHOD(Fixture, "ulid: a clock that steps back does not disturb the order") {
  const std::string before = ulids.next();
  now -= std::chrono::hours(1);
  CHECK(ulids.next() > before);
}

TEST_CASE_METHOD(Fixture, "ulid: the last random value is followed by the next millisecond") {
  bits = kAllBits;
  const std::string last = ulids.next();
  CHECK(ulids.next() == "01KAV9FTFN0000000000000000");
  CHECK(ulids.next() > last);
}

TEST_CASE_METHOD(Fixture, "ulid: the lower half of the random part carries into the upper") {
  bits = (std::uint64_t{1} << 40) - 1;
  now += milliseconds(1);
  int calls = 0;
  UlidGenerator halves([&] { return calls++ == 0 ? std::uint64_t{0} : bits; },
                       [this] { return now; });
  CHECK(halves.next() == "01KAV9FTFN00000000ZZZZZZZZ");
  CHECK(halves.next() == "01KAV9FTFN0000000100000000");
}

TEST_CASE("ulid: the system's generator gives ascending ids, none twice") {
  UlidGenerator ulids = UlidGenerator::of_system();
  std::set<std::string> seen;
  std::string last;
  for (int i = 0; i < 10'000; ++i) {
    const std::string id = ulids.next();
    CHECK(last < id);
    seen.insert(last = id);
  }
  CHECK(seen.size() == 10'000);
}

TEST_CASE_METHOD(Fixture, "ulid: its time can be read back") {
  CHECK(ulid_time(ulids.next()) == now);
}

TEST_CASE("ulid: other texts have no time") {
  CHECK_FALSE(ulid_time(""));
  CHECK_FALSE(ulid_time("01KAV9FTFM000000000000000"));
  CHECK_FALSE(ulid_time("01KAV9FTFM00000000000000000"));
  CHECK_FALSE(ulid_time("01KAV9FTFM000000000000000U"));
  CHECK_FALSE(ulid_time("01kav9ftfm0000000000000000"));
  CHECK_FALSE(ulid_time("81KAV9FTFM0000000000000000"));
}

}  // namespace
}  // namespace penstock::job
