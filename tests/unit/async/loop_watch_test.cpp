#include "penstock/async/loop_watch.hpp"

#include <cstdlib>
#include <vector>

#include "penstock/async/sleep.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

/// Runs `body` and gives all steps that were reported as taking `slow` or longer.
template <class Body>
std::vector<SlowStep> slow_steps(Duration slow, Body body) {
  std::vector<SlowStep> steps;
  Loop loop(
      {.virtual_time = true, .debug = true, .slow = slow, .on_slow = [&](const SlowStep& step) {
         steps.push_back(step);
       }});
  loop.run(body());
  return steps;
}

Task<> two_steps() {
  co_await sleep(1s);
}

TEST_CASE("a slow step is reported with its task, and from where to where it went") {
  const std::vector<SlowStep> steps = slow_steps(0s, [] { return two_steps(); });
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].task == "main");
  CHECK(steps[0].from.line() == 0);
  CHECK_THAT(steps[0].to.function_name(), Contains("two_steps"));
  CHECK(steps[1].from.line() == steps[0].to.line());
  CHECK(steps[1].to.line() == 0);
}

TEST_CASE("a step that is quick enough is not reported, nor its turn") {
  CHECK(slow_steps(1h, [] { return two_steps(); }).empty());
}

TEST_CASE("a slow turn of which no step was slow is reported by itself") {
  std::vector<SlowStep> reports;
  LoopWatch watch(0s, [&](const SlowStep& step) { reports.push_back(step); });
  watch.turn_begins();
  watch.turn_ends(7);
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].task.empty());
  CHECK_THAT(reports[0].to_string(), Contains("a turn of 7 resumptions kept the loop for "));
}

TEST_CASE("a report reads as a sentence") {
  SlowStep step{.took = 120ms,
                .task = "fetch",
                .from = {},
                .to = std::source_location::current(),
                .resumptions = 1};
  CHECK_THAT(step.to_string(),
             Contains("task fetch kept the loop for 120 ms, from its start to ") &&
                 Contains("loop_watch_test.cpp:"));
}

TEST_CASE("without debug mode nothing is reported, and the environment turns it on") {
  int reports = 0;
  const LoopOptions options{
      .virtual_time = true, .slow = 0s, .on_slow = [&](const SlowStep&) { ++reports; }};
  const auto run_with_options = [&] { Loop(options).run(two_steps()); };
  run_with_options();
  CHECK(reports == 0);
  ::setenv("PENSTOCK_ASYNC_DEBUG", "1", 1);
  run_with_options();
  ::unsetenv("PENSTOCK_ASYNC_DEBUG");
  CHECK(reports == 2);
}

}  // namespace
}  // namespace penstock::test
