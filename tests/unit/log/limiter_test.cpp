#include "penstock/log/limiter.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "penstock/log/log.hpp"
#include "unit/log/pipe.hpp"

using namespace penstock;
using log::test::Pipe;
using namespace std::chrono_literals;

namespace {

async::TimePoint the_time;

async::TimePoint now() {
  return the_time;
}

struct AtNoon {
  AtNoon() { the_time = async::TimePoint(12h); }
};

}  // namespace

TEST_CASE_METHOD(AtNoon, "a limiter admits one line per period", "[log]") {
  log::Limiter limiter(30s, now);
  CHECK(limiter.admit() == 0);
  CHECK_FALSE(limiter.admit());
  the_time += 30s - 1ns;
  CHECK_FALSE(limiter.admit());
  the_time += 1ns;
  CHECK(limiter.admit() == 2);
  CHECK_FALSE(limiter.admit());
  the_time += 30s;
  CHECK(limiter.admit() == 1);
}

TEST_CASE_METHOD(AtNoon, "a period begins with the line that was written", "[log]") {
  log::Limiter limiter(30s, now);
  CHECK(limiter.admit() == 0);
  the_time += 45s;
  CHECK(limiter.admit() == 0);
  the_time += 20s;
  CHECK_FALSE(limiter.admit());
}

TEST_CASE_METHOD(AtNoon, "the first line after suppressed ones tells how many", "[log]") {
  Pipe pipe;
  log::start({.format = log::Format::kLogfmt, .fd = pipe.writer()});
  log::Limiter limiter(30s, now);
  for (int i = 0; i < 5; ++i) limiter.write(log::Level::kWarning, "away", {{"n", i}});
  the_time += 30s;
  limiter.write(log::Level::kWarning, "away", {{"n", 5}});
  log::stop();
  const std::string text = pipe.read_all();
  CHECK(std::ranges::count(text, '\n') == 2);
  CHECK(text.find("msg=away n=0\n") != std::string::npos);
  CHECK(text.ends_with("msg=away n=5 suppressed=4\n"));
}

TEST_CASE_METHOD(AtNoon, "a disabled line does not count", "[log]") {
  log::Limiter limiter(30s, now);
  limiter.write(log::Level::kTrace, "away");
  limiter.write(log::Level::kTrace, "away");
  CHECK(limiter.admit() == 0);
}
